// SPDX-License-Identifier: Apache-2.0

extension CallPipeline {
    /// Calls an operation by its model.
    func call(_ plan: CallPlan, _ input: AWSMembers, at endpoints: RuleEndpoints) async throws -> CallAnswer {
        let call: Call
        do {
            call = try prepared(plan, input, at: endpoints)
        } catch var error as AWSError {
            error.operation = error.operation ?? plan.title
            throw error
        }
        let (answer, attempts) = try await self.call(call) { response in
            var output = try OutputReader.read(response, plan.operation, plan.metadata)
            for quirk in plan.quirks { quirk.finish(&output, response) }
            return CallAnswer(
                output: output, requestID: response.requestID, httpStatus: response.status, attempts: 1)
        }
        var counted = answer
        counted.attempts = attempts
        return counted
    }

    private func prepared(_ plan: CallPlan, _ input: AWSMembers, at endpoints: RuleEndpoints) throws -> Call {
        let operation = plan.operation
        var input = input
        for name in operation.idempotencyTokens where (input[name] ?? .null).isNull {
            input[name] = .string(environment.uuid())
        }
        for quirk in plan.quirks { try quirk.prepare(&input) }
        let endpoint = try endpoints.endpoint(operation, input)
        var parts = try RequestParts.make(
            operation, plan.metadata, input, requestURI: plan.requestURI, hostPrefix: plan.hostPrefix)
        for quirk in plan.quirks { try quirk.complete(&parts) }
        for field in endpoint.headers { parts.headers.set(field.name, field.value) }
        guard let method = HTTPRequest.Method(rawValue: parts.method) else {
            throw ServiceModel.unreadable(plan.metadata.serviceID, "\(operation.name) is sent with \(parts.method)")
        }
        var origin = endpoint.origin
        if let prefix = parts.hostPrefix, settings.usesHostPrefixes { origin = try origin.prefixed(prefix) }
        let request = HTTPRequest(
            method, to: origin, path: parts.path, query: String(decoding: parts.query.bytes, as: UTF8.self),
            headers: parts.headers, body: parts.body)
        return Call(plan.title, request, auth: endpoint.auth) { ErrorReader.fault(of: $0, plan.metadata) }
    }
}
