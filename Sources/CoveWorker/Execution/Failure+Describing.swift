// SPDX-License-Identifier: Apache-2.0

import CoveAWS
package import CoveCore

extension Failure {
    /// What an error says, in the terms of the output: the fields of an AWS error, or the type and text of any other.
    package init(describing error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as AWSError:
            self.init(
                type: "AWSError", code: error.code, message: error.message, operation: error.operation,
                requestID: error.requestID, httpStatus: error.httpStatus,
                attempts: error.attempts > 0 ? error.attempts : nil, isRetryable: error.isRetryable)
        default:
            self.init(type: String(describing: Swift.type(of: error)), message: String(describing: error))
        }
    }
}

extension AWSError {
    /// Whether STS was not reached, or not heard: the next account's call would fail likewise.
    var saysNothingOfTheAccount: Bool { phase == .notSent || phase == .timedOut }

    /// Whether the credentials that assume the roles have ended, were taken away, or cannot be had any longer: no role can be
    /// assumed until there are others.
    var meansCallerExpired: Bool {
        switch phase {
        case .credentials: !isRetryable
        case .service:
            isExpiredCredentials
                || ["TokenRefreshRequired", "InvalidClientTokenId", "UnrecognizedClientException"].contains(code)
        case .invalidInput, .notSent, .timedOut, .unreadable: false
        }
    }
}
