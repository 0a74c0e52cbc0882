// SPDX-License-Identifier: Apache-2.0

/// The one way of every call: a retry loop around credentials, signature, sending and reading.
///
/// Belongs to one service at one endpoint with one identity; the quota of retries and the clock's correction are its own.
package final class CallPipeline: Sendable {
    private let endpoint: ServiceEndpoint
    private let transport: any HTTPTransport
    private let credentials: any CredentialProvider
    private let signer: RequestSigner
    private let policy: RetryPolicy
    private let userAgent: String
    private let environment: CallEnvironment
    private let quota = RetryQuota()
    private let skew = ClockSkew()

    /// Makes a pipeline out of its parts.
    package init(
        endpoint: ServiceEndpoint, transport: any HTTPTransport, credentials: any CredentialProvider,
        signer: RequestSigner = RequestSigner(), policy: RetryPolicy = RetryPolicy(), userAgent: String,
        environment: CallEnvironment = .live
    ) {
        self.endpoint = endpoint
        self.transport = transport
        self.credentials = credentials
        self.signer = signer
        self.policy = policy
        self.userAgent = userAgent
        self.environment = environment
    }

    /// Where the requests go.
    package var origin: HTTPOrigin { endpoint.origin }

    /// The region of the signatures.
    package var signingRegion: String { endpoint.scope.region }

    /// Calls an operation.
    ///
    /// Every attempt asks for credentials and is signed anew. Throws `AWSError` with operation and attempts, or
    /// `CancellationError`.
    ///
    /// - Parameters:
    ///   - operation: the name for errors, `STS.AssumeRole`.
    ///   - request: the request without date, token and signature.
    ///   - read: makes the output of an answer whose status is 2xx; what it throws means that the answer is unreadable.
    package func call<Output>(
        _ operation: String, _ request: HTTPRequest, protocol: any ServiceProtocol.Type,
        read: (HTTPResponse) throws -> Output
    ) async throws -> Output {
        var request = request
        request.headers.add("user-agent", userAgent)
        var attempt = 1
        var lastCost: Int?
        while true {
            let outcome = try await self.attempt(operation, request, protocol: `protocol`, read: read)
            switch outcome {
            case .success(let output):
                quota.release(lastCost)
                return output
            case .failure(var failure):
                failure.error.attempts = attempt
                let (kind, isSkewed) = classify(failure)
                guard kind != .permanent, attempt < policy.maximumAttempts,
                    let cost = quota.acquire(after: kind)
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

// MARK: - One attempt

extension CallPipeline {
    /// An attempt's failure, and what of its answer the next attempt needs.
    private struct Failure: Error {
        var error: AWSError
        var date: String?
        var retryAfter: Int?
    }

    private func attempt<Output>(
        _ operation: String, _ unsigned: HTTPRequest, protocol: any ServiceProtocol.Type,
        read: (HTTPResponse) throws -> Output
    ) async throws -> Result<Output, Failure> {
        do {
            let credentials = try await credentials.credentials()
            var request = unsigned
            let time = SigningTime(secondsSinceEpoch: skew.corrected(environment.now()))
            try signer.sign(&request, credentials: credentials, scope: endpoint.scope, time: time)
            let response = try await transport.send(request)
            guard (200..<300).contains(response.status) else {
                return .failure(refusal(response, operation, `protocol`.fault(of: response)))
            }
            do {
                return .success(try read(response))
            } catch {
                return .failure(unreadable(response, operation, error))
            }
        } catch var error as AWSError {
            error.operation = error.operation ?? operation
            return .failure(Failure(error: error))
        }
    }

    private func refusal(_ response: HTTPResponse, _ operation: String, _ fault: ServiceFault) -> Failure {
        let kind = ErrorClassifier.kind(code: fault.code, status: response.status)
        let error = AWSError(
            .service, code: fault.code, message: fault.message, operation: operation, requestID: fault.requestID,
            httpStatus: response.status, isRetryable: kind != .permanent)
        return Failure(
            error: error, date: response.header("date"),
            retryAfter: response.header("x-amz-retry-after").flatMap(Int.init))
    }

    private func unreadable(_ response: HTTPResponse, _ operation: String, _ cause: any Error) -> Failure {
        let reason = (cause as? CodecError).map { "\($0.message) at byte \($0.offset)" } ?? "\(cause)"
        let error = AWSError(
            .unreadable, code: "UnreadableResponse",
            message: "the answer of \(endpoint.origin.text) is not what \(operation) returns: \(reason)",
            operation: operation, requestID: response.requestID, httpStatus: response.status)
        return Failure(error: error)
    }

    private func classify(_ failure: Failure) -> (ErrorClassifier.Kind, isSkewed: Bool) {
        if skew.learn(from: failure.error, date: failure.date, now: environment.now()) { return (.transient, true) }
        return (ErrorClassifier.kind(failure.error), false)
    }
}
