// SPDX-License-Identifier: Apache-2.0

extension CallPipeline {
    /// The URL of a call with its signature in the query, for whoever has none.
    ///
    /// - Parameters:
    ///   - endpoints: where the URL leads.
    ///   - method: the method for which it is good; nil for the model's.
    ///   - added: further fields of the query.
    func presigned(
        _ plan: CallPlan, _ input: AWSMembers, at endpoints: RuleEndpoints, seconds: Int, method: String? = nil,
        adding added: [(name: String, value: String)] = []
    ) async throws -> String {
        guard (1...604_800).contains(seconds) else {
            throw AWSError(
                .invalidInput, code: "InvalidDuration",
                message: "a URL is good for 1 second to 7 days (604800 seconds), not for \(seconds) seconds")
        }
        var filled = input
        for name in plan.operation.idempotencyTokens where filled[name] == nil {
            filled[name] = .string(environment.uuid())
        }
        for quirk in plan.quirks { try quirk.prepare(&filled) }
        if settings.validatesParameters { try ParameterValidator.check(filled, of: plan.operation) }
        let endpoint = try endpoints.endpoint(plan.operation, filled)
        var parts = try RequestParts.make(
            plan.operation, plan.metadata, filled, requestURI: plan.requestURI, hostPrefix: plan.hostPrefix)
        for field in endpoint.headers { parts.headers.set(field.name, field.value) }
        for quirk in plan.quirks { try quirk.complete(&parts) }
        parts.moveFormToQuery(adding: added)
        return try await signed(try parts.request(method, to: endpoint.origin, settings), endpoint.auth, seconds).url
    }

    private func signed(_ request: HTTPRequest, _ auth: CallAuth, _ seconds: Int) async throws -> HTTPRequest {
        guard case .signed(let scope, var signing) = auth else {
            throw AWSError(
                .invalidInput, code: "UnsupportedSignature",
                message: "a call that is not signed by SigV4 has no presigned URL")
        }
        // Nobody knows yet what S3 will be sent.
        if signing.payloadHashHeader == .sent {
            signing.payloadHashHeader = .omitted
            signing.payload = .unsigned
        }
        return try signer.presigned(
            request, credentials: try await credentials.credentials(), scope: scope,
            time: SigningTime(secondsSinceEpoch: skew.corrected(environment.now())), seconds: seconds,
            settings: signing)
    }
}

extension RequestParts {
    /// Puts the fields of a form where a URL has them.
    fileprivate mutating func moveFormToQuery(adding added: [(name: String, value: String)]) {
        if headers["content-type"]?.hasPrefix("application/x-www-form-urlencoded") == true {
            headers.remove("content-type")
            query = FormWriter(query.bytes.isEmpty ? body : query.bytes + [UInt8(ascii: "&")] + body)
            body = []
        }
        for field in added { query.add(field.name, field.value) }
    }

    /// The request that the parts make at an origin.
    func request(_ method: String? = nil, to origin: HTTPOrigin, _ settings: ServiceSettings) throws -> HTTPRequest {
        guard let verb = HTTPRequest.Method(rawValue: method ?? self.method) else {
            throw AWSError(
                .invalidInput, code: "InvalidMethod",
                message: "\(method ?? self.method) is no method that requests have")
        }
        var origin = self.origin ?? origin
        if let hostPrefix, settings.usesHostPrefixes { origin = try origin.prefixed(hostPrefix) }
        var request = HTTPRequest(
            verb, to: origin, path: path, query: String(decoding: query.bytes, as: UTF8.self), headers: headers,
            body: body)
        request.bodyFile = bodyFile
        return request
    }
}
