// SPDX-License-Identifier: Apache-2.0

/// What an error means for the calls that follow, by botocore 1.44's `standard` lists.
package enum ErrorClassifier {
    /// Whether, and how, a call may be repeated.
    package enum Kind: Sendable, Equatable {
        /// The service asks for fewer requests.
        case throttle
        /// A fault on the way or at the service that may pass by itself.
        case transient
        /// The same call would fail in the same way.
        case permanent
    }

    static let throttleCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException",
    ]

    /// `IDPCommunicationError` is special to STS, and nobody else answers it.
    static let transientCodes: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "IDPCommunicationError",
    ]

    static let transientStatuses: Set<Int> = [500, 502, 503, 504]

    static let expiredCodes: Set<String> = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"]

    static let skewCodes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure",
        "RequestInTheFuture",
    ]

    static let deniedCodes: Set<String> = [
        "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "UnauthorizedAccess",
    ]

    /// The kind of a service's refusal.
    ///
    /// Codes decide before the status: a code that says throttle is one at any status. Where the operation's model knows the
    /// error, the model decides what status 429 means.
    static func kind(code: String, status: Int, operation: OperationModel? = nil) -> Kind {
        if throttleCodes.contains(code) { return .throttle }
        let model = operation?.errors.first { $0.code == code }
        if let kind = model?.retry { return kind }
        if status == 429, model == nil { return .throttle }
        if transientCodes.contains(code) || transientStatuses.contains(status) { return .transient }
        return .permanent
    }

    /// The kind of an error of a call.
    static func kind(_ error: AWSError) -> Kind {
        switch error.phase {
        case .service: kind(code: error.code, status: error.httpStatus ?? 0)
        case .notSent, .timedOut, .unreadable: error.isRetryable ? .transient : .permanent
        case .invalidInput, .credentials: .permanent
        }
    }
}

extension AWSError {
    /// Whether the service asks for fewer requests.
    public var isThrottle: Bool { phase == .service && ErrorClassifier.kind(self) == .throttle }

    /// Whether the credentials of the call have ended; new ones may be asked for and the call repeated.
    public var isExpiredCredentials: Bool { phase == .service && ErrorClassifier.expiredCodes.contains(code) }

    /// Whether the service denies the permission.
    public var isAccessDenied: Bool { phase == .service && ErrorClassifier.deniedCodes.contains(code) }
}
