// SPDX-License-Identifier: Apache-2.0

extension Decoder {
    /// The state of a name; one that this version does not know is an error.
    func state<State: CaseIterable>(named name: (State) -> String) throws -> State {
        let container = try singleValueContainer()
        let found = try container.decode(String.self)
        guard let state = State.allCases.first(where: { name($0) == found }) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "found \"\(found)\", expected \(State.allCases.map(name).joined(separator: ", "))")
        }
        return state
    }
}
