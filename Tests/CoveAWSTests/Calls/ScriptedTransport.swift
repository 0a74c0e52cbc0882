// SPDX-License-Identifier: Apache-2.0

import Synchronization

@testable import CoveAWS

/// A transport that gives prepared answers in order, the last one again and again, and remembers the requests.
final class ScriptedTransport: HTTPTransport {
    typealias Answer = Result<HTTPResponse, AWSError>

    private let state: Mutex<(answers: [Answer], requests: [HTTPRequest])>

    init(_ answers: Answer...) { state = Mutex((answers, [])) }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first
        }
        guard let answer else { throw AWSError(.notSent, code: "NoScript", message: "no answer is prepared") }
        return try answer.get()
    }
}

extension Result where Success == HTTPResponse, Failure == AWSError {
    static func ok(_ body: String) -> Self { .success(HTTPResponse(status: 200, body: Array(body.utf8))) }

    /// An error as the query protocol writes it.
    static func queryError(_ status: Int, _ code: String, _ headers: HeaderFields = HeaderFields()) -> Self {
        let body = """
            <ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>because</Message></Error>\
            <RequestId>id-1</RequestId></ErrorResponse>
            """
        return .success(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
    }

    static func failed(_ phase: AWSError.Phase, _ code: String, isRetryable: Bool = true) -> Self {
        .failure(AWSError(phase, code: code, message: "no", isRetryable: isRetryable))
    }
}

/// A clock that stands still, chance that is always 1, and waits that are noted and not waited.
final class StillEnvironment: Sendable {
    private let waits = Mutex<[Duration]>([])

    var slept: [Duration] { waits.withLock { $0 } }

    var environment: CallEnvironment {
        CallEnvironment(
            now: { 1_440_938_160 }, random: { 1 }, sleep: { duration in self.waits.withLock { $0.append(duration) } })
    }
}

/// Credentials of which each asking gives the next.
final class CountedCredentials: CredentialProvider {
    private let count = Mutex(0)

    var asked: Int { count.withLock { $0 } }

    func credentials() async throws -> Credentials {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return Credentials(accessKeyID: "AKIDEXAMPLE\(number)", secretAccessKey: "secret\(number)")
    }
}
