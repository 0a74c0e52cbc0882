// SPDX-License-Identifier: Apache-2.0

/// Why a call to AWS, or what comes before it, did not succeed.
///
/// Errors are named by the phase in which they arose, because what may be retried depends on the phase. No text in an
/// error holds a secret: neither keys nor tokens nor a signed request.
public struct AWSError: Error, Sendable, Equatable {
    /// How far the call came.
    public enum Phase: String, Sendable {
        /// The caller's settings or parameters are wrong; nothing was sent.
        case invalidInput
        /// No credentials could be had.
        case credentials
        /// The request did not reach the service: name resolution, connection, TLS.
        case notSent
        /// The service did not answer in time, or the connection broke before the answer was whole.
        case timedOut
        /// An answer came and could not be understood.
        case unreadable
        /// The service refused.
        case service
    }

    /// How far the call came.
    public var phase: Phase
    /// The service's error code (`AccessDenied`, `Throttling`) or Cove's own name for what went wrong
    /// (`NoCredentials`, `ConnectionRefused`).
    public var code: String
    /// What happened, in a sentence: what was found, what was expected, what to do.
    public var message: String
    /// The service and operation, `STS.AssumeRole`; nil when no call was under way.
    public var operation: String?
    /// The request id that the service answered with.
    public var requestID: String?
    /// The HTTP status of the answer.
    public var httpStatus: Int?
    /// How many times the request was sent.
    public var attempts: Int
    /// Whether the same call may succeed later: a throttle, a server's fault, a broken connection.
    public var isRetryable: Bool

    /// Whose fault it is by the service's word: `Sender` or `Receiver`; nil where it does not say.
    public var type: String?
    /// What else the service says of its refusal, by the members of the error's model.
    public var members = AWSMembers()

    /// Makes an error out of its parts.
    public init(
        _ phase: Phase, code: String, message: String, operation: String? = nil, requestID: String? = nil,
        httpStatus: Int? = nil, attempts: Int = 0, isRetryable: Bool = false
    ) {
        self.phase = phase
        self.code = code
        self.message = message
        self.operation = operation
        self.requestID = requestID
        self.httpStatus = httpStatus
        self.attempts = attempts
        self.isRetryable = isRetryable
    }
}

extension AWSError: CustomStringConvertible {
    /// Code, operation and message in one line, in botocore's wording for a service's refusal.
    public var description: String {
        guard let operation else { return "\(code): \(message)" }
        return "\(code) calling \(operation): \(message)"
    }
}
