// SPDX-License-Identifier: Apache-2.0

/// IAM: policies are JSON in percent-encoded text; they are given as the values that they are.
struct PolicyDocuments: CallQuirk {
    private let operation: OperationModel

    init?(_ operation: OperationModel) {
        guard operation.output != nil, operation.graph.shapes.contains(where: { $0.name == Self.type }) else {
            return nil
        }
        self.operation = operation
    }

    private static let type = "policyDocumentType"

    func finish(_ output: inout AWSMembers, _ response: HTTPResponse, for input: AWSMembers) {
        guard let place = operation.output else { return }
        output = decoded(output, operation.graph[place])
    }

    private func decoded(_ members: AWSMembers, _ shape: Shape) -> AWSMembers {
        var members = members
        for member in shape.members {
            guard let value = members[member.name] else { continue }
            members[member.name] = decoded(value, member)
        }
        return members
    }

    private func decoded(_ value: AWSValue, _ member: Shape.Member) -> AWSValue {
        let shape = operation.graph[member]
        switch (shape.kind, value) {
        case (.string, .string(let text)) where shape.name == Self.type:
            let plain = PercentEncoding.decoded(text.utf8)
            if let document = try? JSONReader.read(plain) { return AWSValue(json: document) }
            return .string(String(decoding: plain, as: UTF8.self))
        case (.structure, .structure(let members)): return .structure(decoded(members, shape))
        case (.list(let element), .list(let elements)): return .list(elements.map { decoded($0, element) })
        default: return value
        }
    }
}
