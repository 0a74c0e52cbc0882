// SPDX-License-Identifier: Apache-2.0

extension CallPipeline {
    /// The files of a call whose bytes do not go through memory.
    struct Files: Sendable {
        /// What the input's streaming member is read from.
        var input: BodyFile?
        /// What the output's streaming member is written to.
        var output: AnswerFile?
    }

    /// Calls an operation by its model.
    func call(
        _ plan: CallPlan, _ input: AWSMembers, at calls: ServiceCalls, files: Files = Files()
    ) async throws -> CallAnswer {
        var input = input
        let call: Call
        do {
            try plan.check(files)
            if let copy = plan.crossRegionCopy { input = try await copy.completed(input, plan, self, at: calls) }
            let isElsewhere = plan.operation.needsDiscovery && !calls.endpoints.isConfigured
            let origin = isElsewhere ? try await discovery.origin(self, at: calls) : nil
            call = try prepared(plan, &input, at: calls, files: files, origin: origin)
        } catch var error as AWSError {
            error.operation = error.operation ?? plan.title
            throw error
        }
        let given = input
        let (answer, attempts) = try await self.call(call) { response in
            try self.read(response, plan, given, files: files)
        }
        var counted = answer
        counted.attempts = attempts
        return counted
    }

    private func read(
        _ response: HTTPResponse, _ plan: CallPlan, _ input: AWSMembers, files: Files
    ) throws -> CallAnswer {
        if let file = files.output {
            try plan.verify(response, .file(try BodyFile(file.partPath)), for: input)
            try file.finish()
        } else {
            try plan.verify(response, .bytes(response.body), for: input)
        }
        var output = try OutputReader.read(response, plan.operation, plan.metadata)
        for quirk in plan.quirks { quirk.finish(&output, response, for: input) }
        if files.output != nil, let member = plan.streamingOutput { output[member] = nil }
        return CallAnswer(output: output, requestID: response.requestID, httpStatus: response.status, attempts: 1)
    }

    /// The call, ready to be signed and sent.
    ///
    /// - Parameters:
    ///   - input: what the caller gave; becomes what is sent.
    ///   - origin: where it goes instead of where the endpoint rules say; nil for there.
    private func prepared(
        _ plan: CallPlan, _ input: inout AWSMembers, at calls: ServiceCalls, files: Files, origin: HTTPOrigin?
    ) throws -> Call {
        let operation = plan.operation
        var filled = input
        for name in operation.idempotencyTokens where filled[name] == nil {
            filled[name] = .string(environment.uuid())
        }
        if let mode = operation.checksum?.validationModeMember, filled[mode] == nil,
            settings.responseChecksums == .whenSupported
        {
            filled[mode] = "ENABLED"
            input[mode] = "ENABLED"
        }
        if files.input != nil, let member = plan.streamingInput { filled[member] = .blob([]) }
        for quirk in plan.quirks { try quirk.prepare(&filled) }
        if settings.validatesParameters { try ParameterValidator.check(filled, of: operation) }
        let (request, auth) = try request(
            plan, filled, at: calls.endpoints(for: plan, filled), files: files, origin: origin)
        var call = Call(plan.title, request, auth: auth, plan: plan) {
            ErrorReader.fault(of: $0, plan.operation, plan.metadata)
        }
        if let bucket = filled["Bucket"]?.string, plan.quirks.contains(where: { $0 is BucketRegion }) {
            let sent = filled
            call.elsewhere = { redirect in
                guard !bucket.hasPrefix("arn:"), let region = try await self.region(redirect, bucket, at: calls) else {
                    return nil
                }
                return try self.request(plan, sent, at: calls.endpoints(movedTo: region, bucket: bucket), files: files)
            }
        }
        return call
    }

    private func request(
        _ plan: CallPlan, _ input: AWSMembers, at endpoints: RuleEndpoints, files: Files, origin: HTTPOrigin? = nil
    ) throws -> (HTTPRequest, CallAuth) {
        let operation = plan.operation
        let endpoint = try endpoints.endpoint(operation, input)
        var parts = try RequestParts.make(
            operation, plan.metadata, input, requestURI: plan.requestURI, hostPrefix: plan.hostPrefix)
        parts.bodyFile = files.input
        for field in endpoint.headers { parts.headers.set(field.name, field.value) }
        for quirk in plan.quirks { try quirk.complete(&parts) }
        try parts.compress(operation, settings)
        let checksum = try parts.addChecksum(operation, input, settings.requestChecksums)
        var request = try parts.request(to: origin ?? endpoint.origin, settings)
        request.answerFile = files.output
        return (request, auth(endpoint.auth, request, checksum: checksum, plan))
    }

    /// How a request is signed: to S3, a body that TLS and a checksum protect need not be hashed once more.
    private func auth(_ auth: CallAuth, _ request: HTTPRequest, checksum: String?, _ plan: CallPlan) -> CallAuth {
        guard case .signed(let scope, var signing) = auth, signing.payloadHashHeader == .sent else { return auth }
        let mayBeUnsigned = plan.streamingInput != nil || plan.operation.auth.hasUnsignedPayload
        let isProtected =
            request.origin.isTLS && mayBeUnsigned && (checksum ?? request.headers["content-md5"]) != nil
        if !(settings.s3.signsPayload ?? !isProtected) { signing.payload = .unsigned }
        return .signed(scope, signing)
    }

    /// The region that a redirect means.
    private func region(_ redirect: Redirect, _ bucket: String, at calls: ServiceCalls) async throws -> String? {
        guard case .region(let region) = redirect else {
            let plan = try calls.plan("HeadBucket")
            let (request, auth) = try request(
                plan, ["Bucket": .string(bucket)], at: calls.endpoints, files: Files())
            let response = try await send(Call(plan.title, request, auth: auth) { .unknown($0, requestID: nil) })
            return response.header("x-amz-bucket-region")
        }
        return region
    }
}

extension CallPipeline {
    /// Calls an operation that is known without a model's files, at an endpoint that is known without rules.
    func call<Output>(
        _ plan: CallPlan, _ input: AWSMembers, to endpoint: CallEndpoint,
        read: (AWSValue) throws(CodecError) -> Output
    ) async throws -> Output {
        let parts = try RequestParts.make(
            plan.operation, plan.metadata, input, requestURI: plan.requestURI, hostPrefix: nil)
        let request = HTTPRequest(.post, to: endpoint.origin, headers: parts.headers, body: parts.body)
        let call = Call(plan.title, request, auth: endpoint.auth, plan: plan) {
            ErrorReader.fault(of: $0, plan.metadata)
        }
        return try await self.call(call) { response in
            try read(.structure(try OutputReader.read(response, plan.operation, plan.metadata)))
        }.output
    }
}

extension CallPlan {
    /// Checks that the operation can be called, and takes and gives files where there are some.
    func check(_ files: CallPipeline.Files) throws {
        if hasEvents {
            throw unsupported(
                "EventStream",
                "\(title) sends or answers a stream of events, which Cove does not speak; use boto3 or the AWS CLI")
        }
        if files.input != nil, streamingInput == nil {
            throw unsupported("NoStreamingBody", "\(title) has no body that could come from a file")
        }
        if files.output != nil, streamingOutput == nil {
            throw unsupported("NoStreamingBody", "\(title) answers no body that could go to a file")
        }
    }

    private func unsupported(_ code: String, _ message: String) -> AWSError {
        AWSError(.invalidInput, code: code, message: message)
    }
}
