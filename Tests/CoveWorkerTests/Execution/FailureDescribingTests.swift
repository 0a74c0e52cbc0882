// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import Testing

@testable import CoveWorker

struct FailureDescribingTests {
    @Test func `a failure stays what it is`() {
        let failure = Failure(type: "ProgramFailed", message: "exit 3", exitCode: 3, stderr: "end")
        #expect(Failure(describing: failure) == failure)
    }

    @Test func `an AWS error keeps its fields`() {
        let error = AWSError(
            .service, code: "AccessDenied", message: "no", operation: "STS.AssumeRole", requestID: "r-1",
            httpStatus: 403,
            attempts: 2, isRetryable: false)
        #expect(
            Failure(describing: error)
                == Failure(
                    type: "AWSError", code: "AccessDenied", message: "no", operation: "STS.AssumeRole",
                    requestID: "r-1",
                    httpStatus: 403, attempts: 2, isRetryable: false))
    }

    @Test func `a request that was never sent has no attempts`() {
        let failure = Failure(describing: AWSError(.invalidInput, code: "NoRegion", message: "name one"))
        #expect(failure.attempts == nil && failure.httpStatus == nil && failure.isRetryable == false)
    }

    private struct Plain: Error {
        let number: Int
    }

    private enum Named: Error, CustomStringConvertible {
        case broken
        var description: String { "it is broken" }
    }

    @Test func `any other error is its type and text`() {
        #expect(Failure(describing: Plain(number: 3)) == Failure(type: "Plain", message: "Plain(number: 3)"))
        #expect(Failure(describing: Named.broken) == Failure(type: "Named", message: "it is broken"))
    }

    @Test(arguments: [
        (AWSError.Phase.service, "ExpiredToken", false, true), (.service, "ExpiredTokenException", false, true),
        (.service, "TokenRefreshRequired", false, true), (.service, "AccessDenied", false, false),
        (.service, "InvalidClientTokenId", false, true),
        (.service, "Throttling", true, false), (.credentials, "CredentialRetrieval", false, true),
        (.credentials, "CredentialRetrieval", true, false), (.timedOut, "ExpiredToken", true, false),
        (.notSent, "ExpiredToken", true, false), (.unreadable, "ExpiredToken", false, false),
        (.invalidInput, "ExpiredToken", false, false),
    ])
    func `an ended caller is told apart`(
        _ phase: AWSError.Phase, _ code: String, _ isRetryable: Bool, _ meansExpired: Bool
    ) {
        let error = AWSError(phase, code: code, message: "", isRetryable: isRetryable)
        #expect(error.meansCallerExpired == meansExpired)
    }
}
