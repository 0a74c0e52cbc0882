// SPDX-License-Identifier: Apache-2.0

/// The one way of every call: a retry loop around credentials, signature, sending and reading.
///
/// Belongs to one service with one identity; the quota of retries, the limit of the rate and the clock's correction are its own.
package final class CallPipeline: Sendable {
    private let transport: any HTTPTransport
    let credentials: any CredentialProvider
    let signer: RequestSigner
    private let policy: RetryPolicy
    private let userAgent: String
    let environment: CallEnvironment
    let settings: ServiceSettings
    private let quota = RetryQuota()
    let skew = ClockSkew()
    let discovery = EndpointDiscovery()
    private let limiter: RateLimiter?

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
        limiter = policy.mode == .adaptive ? RateLimiter(now: environment.seconds()) : nil
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
        var state = LoopState(call: call)
        state.call.request.headers.add("user-agent", userAgent)
        while true {
            switch try await attempt(state.call, read: read) {
            case .success(let output):
                quota.release(state.lastCost)
                limiter?.record(isThrottle: false, now: environment.seconds())
                return (output, state.attempt)
            case .failure(var failure):
                failure.error.attempts = state.attempt
                failure.error.operation = failure.error.operation ?? call.title
                try await prepareRetry(after: failure, &state)
                state.attempt += 1
            }
        }
    }

    /// Sends a request once, signed, whatever the answer.
    func send(_ call: Call) async throws -> HTTPResponse {
        let (request, _) = try await signed(call)
        return try await transport.send(request)
    }
}

// MARK: - Between attempts

extension CallPipeline {
    /// What the attempts of a call have done so far.
    private struct LoopState {
        var call: Call
        var attempt = 1
        /// What the last retry cost.
        var lastCost: Int?
        var isRedirected = false
        var isRenewed = false
    }

    /// Waits until the next attempt may begin; throws the failure when there is none.
    private func prepareRetry(after failure: Failure, _ state: inout LoopState) async throws {
        let kind = policy.kind(failure.error, state.call.plan)
        limiter?.record(isThrottle: kind == .throttle, now: environment.seconds())
        if try await isRepaired(failure, &state) { return }
        guard kind != .permanent, state.attempt < policy.maximumAttempts else { throw failure.error }
        if policy.hasQuota {
            guard let cost = quota.acquire(after: kind) else {
                if policy.isLongPoll(state.call.plan) { try await sleep(after: failure, kind, state) }
                throw failure.error
            }
            state.lastCost = cost
        }
        try await sleep(after: failure, kind, state)
    }

    private func sleep(after failure: Failure, _ kind: ErrorClassifier.Kind, _ state: LoopState) async throws {
        try await environment.sleep(
            policy.delay(
                attempt: state.attempt, after: kind, random: environment.random(), retryAfter: failure.retryAfter))
    }

    /// Whether the call can go on at once because of what the failure taught: the service's time, another region, that the
    /// credentials have ended.
    private func isRepaired(_ failure: Failure, _ state: inout LoopState) async throws -> Bool {
        if state.attempt < policy.maximumAttempts,
            skew.learn(from: failure.error, date: failure.response?.header("date"), now: environment.now())
        {
            return true
        }
        if !state.isRedirected, let response = failure.response, let fault = failure.fault,
            let redirect = state.call.plan?.quirks.lazy.compactMap({ $0.redirect(response, fault) }).first,
            let (request, auth) = try await state.call.elsewhere?(redirect)
        {
            state.isRedirected = true
            state.call.request = request
            state.call.request.headers.add("user-agent", userAgent)
            state.call.auth = auth
            return true
        }
        if !state.isRenewed, failure.error.isExpiredCredentials, let used = failure.credentials {
            state.isRenewed = true
            return await credentials.replaces(used)
        }
        return false
    }
}

// MARK: - One attempt

extension CallPipeline {
    /// An attempt's failure, and what of it the next attempt needs.
    private struct Failure: Error {
        var error: AWSError
        var response: HTTPResponse?
        var fault: ServiceFault?
        var credentials: Credentials?

        var retryAfter: Int? { response?.header("x-amz-retry-after").flatMap(Int.init) }
    }

    private func attempt<Output>(
        _ call: Call, read: (HTTPResponse) throws -> Output
    ) async throws -> Result<Output, Failure> {
        var credentials: Credentials?
        do {
            while let wait = limiter?.acquire(now: environment.seconds()) {
                try await environment.sleep(.seconds(wait))
            }
            let request: HTTPRequest
            (request, credentials) = try await signed(call)
            try request.answerFile?.clear()
            var response = try await transport.send(request)
            for quirk in call.plan?.quirks ?? [] { response = try quirk.receive(response) }
            guard (200..<300).contains(response.status) else {
                return .failure(refusal(response, call, credentials))
            }
            do {
                return .success(try read(response))
            } catch let error as CodecError {
                return .failure(Failure(error: unreadable(response, call, error), response: response))
            }
        } catch let error as AWSError {
            return .failure(Failure(error: error, credentials: credentials))
        }
    }

    private func signed(_ call: Call) async throws -> (HTTPRequest, Credentials?) {
        var request = call.request
        switch call.auth {
        case .anonymous: return (request, nil)
        case .signed(let scope, let settings):
            let credentials = try await credentials.credentials()
            let time = SigningTime(secondsSinceEpoch: skew.corrected(environment.now()))
            try signer.sign(&request, credentials: credentials, scope: scope, time: time, settings: settings)
            return (request, credentials)
        case .bearer(let token):
            guard request.origin.isTLS else {
                throw AWSError(
                    .invalidInput, code: "InvalidEndpoint",
                    message: "a token must not travel without TLS; \(request.origin.text) is not https")
            }
            request.headers.set("authorization", "Bearer \(token.text)")
            return (request, nil)
        }
    }

    private func refusal(_ response: HTTPResponse, _ call: Call, _ credentials: Credentials?) -> Failure {
        let fault = call.fault(response)
        var error = AWSError(
            .service, code: fault.code, message: fault.message, operation: call.title, requestID: fault.requestID,
            httpStatus: response.status)
        error.type = fault.type
        error.members = fault.members
        error.isRetryable = policy.kind(error, call.plan) != .permanent
        return Failure(error: error, response: response, fault: fault, credentials: credentials)
    }

    private func unreadable(_ response: HTTPResponse, _ call: Call, _ cause: CodecError) -> AWSError {
        AWSError(
            .unreadable, code: "UnreadableResponse",
            message: "the answer of \(call.request.origin.text) is not what \(call.title) returns: "
                + "\(cause.message) at byte \(cause.offset)",
            operation: call.title, requestID: response.requestID, httpStatus: response.status)
    }
}
