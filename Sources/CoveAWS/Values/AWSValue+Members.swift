// SPDX-License-Identifier: Apache-2.0

extension AWSValue {
    /// Sets a member, given by its name and those of the structures around it, with points between them.
    mutating func set(_ value: AWSValue, at path: some StringProtocol) {
        var members = structure ?? AWSMembers()
        if let point = path.firstIndex(of: ".") {
            let name = String(path[..<point])
            var inner = members[name] ?? .structure(AWSMembers())
            inner.set(value, at: path[path.index(after: point)...])
            members[name] = inner
        } else {
            members[String(path)] = value
        }
        self = .structure(members)
    }

    /// The members of both, and of structures in both; what else is in both is the addition's.
    ///
    /// An addition that is no structure takes the value's place, unless it is `null`.
    func merged(with addition: AWSValue) -> AWSValue {
        guard var members = structure, let more = addition.structure else { return addition.isNull ? self : addition }
        for member in more {
            let former = member.value.structure == nil ? nil : members[member.name]
            members[member.name] = former?.merged(with: member.value) ?? member.value
        }
        return .structure(members)
    }
}
