// SPDX-License-Identifier: Apache-2.0

/// The one way of every call: a retry loop around credentials, signature, sending and reading.
///
/// Belongs to one service with one identity; the quota of retries and the clock's correction are its own.
package final class CallPipeline: Sendable {
    private let transport: any HTTPTransport
    private let credentials: any CredentialProvider
    private let signer: RequestSigner
    private let policy: RetryPolicy
    private let userAgent: String
    let environment: CallEnvironment
    let settings: ServiceSettings
    private let quota = RetryQuota()
    private let skew = ClockSkew()

    /// Makes a pipeline out of its parts.
    package init(
        transport: any HTTPTransport, credentials: any CredentialProvider, signer: RequestSigner = RequestSigner(),
        policy: RetryPolicy = RetryPolicy(), settings: ServiceSettings = ServiceSettings(), userAgent: String,
        environment: CallEnvironment = .live
    ) {
        self.transport = transport
        self.credentials = credentials
        self.signer = signer
        self.policy = policy
        self.settings = settings
        self.userAgent = userAgent
        self.environment = environment
    }

    /// Calls an operation.
    ///
    /// Every attempt asks for credentials and is signed anew. Throws `AWSError` with operation and attempts, or
    /// `CancellationError`.
    ///
    /// - Parameter read: makes the output of an answer whose status is 2xx; what it throws means that the answer is unreadable.
    package func call<Output>(
        _ call: Call, read: (HTTPResponse) throws -> Output
    ) async throws -> (output: Output, attempts: Int) {
        var call = call
        call.request.headers.add("user-agent", userAgent)
        var attempt = 1
        var lastCost: Int?
        while true {
            switch try await self.attempt(call, read: read) {
            case .success(let output):
                quota.release(lastCost)
                return (output, attempt)
            case .failure(var failure):
                failure.error.attempts = attempt
                let (kind, isSkewed) = classify(failure)
                guard kind != .permanent, attempt < policy.maximumAttempts, let cost = quota.acquire(after: kind)
                else { throw failure.error }
                lastCost = cost
                if !isSkewed {
                    try await environment.sleep(
                        policy.delay(
                            attempt: attempt, after: kind, random: environment.random(),
                            retryAfter: failure.retryAfter))
                }
                attempt += 1
            }
        }
    }
}

/// A request that is to be sent, and what the answer is read by.
package struct Call: Sendable {
    /// The name for errors, `STS.AssumeRole`.
    package var title: String
    /// The request without date, token and signature.
    package var request: HTTPRequest
    package var auth: CallAuth
    /// What an answer whose status is not 2xx says.
    package var fault: @Sendable (HTTPResponse) -> ServiceFault

    /// Makes a call of its parts.
    package init(
        _ title: String, _ request: HTTPRequest, auth: CallAuth,
        fault: @escaping @Sendable (HTTPResponse) -> ServiceFault
    ) {
        self.title = title
        self.request = request
        self.auth = auth
        self.fault = fault
    }
}

// MARK: - One attempt

extension CallPipeline {
    /// An attempt's failure, and what of its answer the next attempt needs.
    private struct Failure: Error {
        var error: AWSError
        var date: String?
        var retryAfter: Int?
    }

    private func attempt<Output>(
        _ call: Call, read: (HTTPResponse) throws -> Output
    ) async throws -> Result<Output, Failure> {
        do {
            let response = try await transport.send(try await signed(call))
            guard (200..<300).contains(response.status) else { return .failure(refusal(response, call)) }
            do {
                return .success(try read(response))
            } catch {
                return .failure(unreadable(response, call, error))
            }
        } catch var error as AWSError {
            error.operation = error.operation ?? call.title
            return .failure(Failure(error: error))
        }
    }

    private func signed(_ call: Call) async throws -> HTTPRequest {
        var request = call.request
        switch call.auth {
        case .anonymous: break
        case .signed(let scope, let settings):
            let credentials = try await credentials.credentials()
            let time = SigningTime(secondsSinceEpoch: skew.corrected(environment.now()))
            try signer.sign(&request, credentials: credentials, scope: scope, time: time, settings: settings)
        case .bearer(let token):
            guard request.origin.isTLS else {
                throw AWSError(
                    .invalidInput, code: "InvalidEndpoint",
                    message: "a token must not travel without TLS; \(request.origin.text) is not https")
            }
            request.headers.set("authorization", "Bearer \(token.text)")
        }
        return request
    }

    private func refusal(_ response: HTTPResponse, _ call: Call) -> Failure {
        let fault = call.fault(response)
        let kind = ErrorClassifier.kind(code: fault.code, status: response.status)
        let error = AWSError(
            .service, code: fault.code, message: fault.message, operation: call.title, requestID: fault.requestID,
            httpStatus: response.status, isRetryable: kind != .permanent)
        return Failure(
            error: error, date: response.header("date"),
            retryAfter: response.header("x-amz-retry-after").flatMap(Int.init))
    }

    private func unreadable(_ response: HTTPResponse, _ call: Call, _ cause: any Error) -> Failure {
        let reason = (cause as? CodecError).map { "\($0.message) at byte \($0.offset)" } ?? "\(cause)"
        let error = AWSError(
            .unreadable, code: "UnreadableResponse",
            message: "the answer of \(call.request.origin.text) is not what \(call.title) returns: \(reason)",
            operation: call.title, requestID: response.requestID, httpStatus: response.status)
        return Failure(error: error)
    }

    private func classify(_ failure: Failure) -> (ErrorClassifier.Kind, isSkewed: Bool) {
        if skew.learn(from: failure.error, date: failure.date, now: environment.now()) { return (.transient, true) }
        return (ErrorClassifier.kind(failure.error), false)
    }
}
