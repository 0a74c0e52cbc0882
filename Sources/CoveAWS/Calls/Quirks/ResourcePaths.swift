// SPDX-License-Identifier: Apache-2.0

/// Route 53: ids are given as paths (`/hostedzone/Z1`) and taken without them.
struct ResourcePaths: CallQuirk {
    private let names: [String]

    init(_ operation: OperationModel) {
        let members = operation.input.map { operation.graph[$0].members } ?? []
        names = members.filter { ["ResourceId", "DelegationSetId", "ChangeId"].contains(operation.graph[$0].name) }
            .map(\.name)
    }

    func prepare(_ input: inout AWSMembers) throws {
        for name in names {
            guard let id = input[name]?.string else { continue }
            input[name] = .string(String(id.split(separator: "/", omittingEmptySubsequences: false).last ?? ""))
        }
    }
}
