// SPDX-License-Identifier: Apache-2.0

extension ModelStore.Service {
    /// The operation of that name in any spelling: `ListUsers`, `listUsers`, `list_users`, `list-users`.
    ///
    /// - Throws: `AWSError` (`.invalidInput`) with the nearest names when there is none; `.unreadable` when the model is
    ///   broken there.
    package func operation(spelled spelling: String) throws -> OperationModel {
        if let name = model.name(spelled: spelling), let operation = try model.operation(name) { return operation }
        let near = NearNames.of(spelling, among: model.operationNames)
        throw AWSError(
            .invalidInput, code: "UnknownOperation",
            message: "\(model.name) has no operation \"\(spelling)\""
                + (near.isEmpty ? "" : "; there are \(near.joined(separator: ", "))"))
    }

    /// What is wrong with an operation's input, a sentence each, in botocore's words; empty when it can be sent.
    package func problems(with input: AWSMembers, of operation: OperationModel) -> [String] {
        let plan = CallPlan(operation, model.metadata)
        // What a call adds by itself is not missing.
        var input = input
        for name in operation.idempotencyTokens where input[name] == nil {
            input[name] = .string("00000000-0000-4000-8000-000000000000")
        }
        do {
            try plan.check(CallPipeline.Files())
            for quirk in plan.quirks { try quirk.prepare(&input) }
            try ParameterValidator.check(input, of: operation)
            return []
        } catch let error as AWSError {
            let lines = error.message.split(separator: "\n").map(String.init)
            return lines.count > 1 && lines[0].hasSuffix(":") ? Array(lines.dropFirst()) : lines
        } catch {
            return ["\(error)"]
        }
    }

    /// The regions of these that share an endpoint with another of them: the service is a global one there.
    package func regionsOfOneEndpoint(among regions: [String]) -> [String] {
        var byEndpoint: [String: [String]] = [:]
        for region in regions {
            guard let endpoint = try? endpoints.resolve(["Region": .string(region)]) else { continue }
            byEndpoint[endpoint.url, default: []].append(region)
        }
        let shared = Set(byEndpoint.values.filter { $0.count > 1 }.joined())
        return regions.filter(shared.contains)
    }
}
