// SPDX-License-Identifier: Apache-2.0

/// A JSON value that is held against a shape.
indirect enum ShapedValue: Decodable {
    case null, boolean, number
    case integer(Double)
    case text(String)
    case list([ShapedValue])
    case object([String: ShapedValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if (try? container.decode(Bool.self)) != nil {
            self = .boolean
        } else if let number = try? container.decode(Int64.self) {
            self = .integer(Double(number))
        } else if let number = try? container.decode(UInt64.self) {
            self = .integer(Double(number))
        } else if (try? container.decode(Double.self)) != nil {
            self = .number
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([ShapedValue].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: ShapedValue].self))
        }
    }

    /// What it is, for people; of a text no more than what may be a slip.
    private var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .text: "text"
        case .list: "a list"
        case .object: "an object"
        }
    }

    private static func text(_ number: Double) -> String { Int64(exactly: number).map { "\($0)" } ?? "\(number)" }

    /// What keeps it from fitting a shape: path, what was found, what was expected, a sentence each.
    func problems(against shape: ValueShape, at path: String) -> [String] {
        switch (self, shape) {
        case (_, .any), (.null, .optional), (.boolean, .boolean), (.integer, .number), (.number, .number),
            (.text, .text):
            return []
        case (.integer(let number), .integer(let bounds)):
            if bounds.contains(number) { return [] }
            let texts = [number, bounds.lowerBound, bounds.upperBound].map { Self.text($0) }
            return ["\(path): found \(texts[0]), expected integer from \(texts[1]) to \(texts[2])"]
        case (_, .optional(let shape)): return problems(against: shape, at: path)
        case (.text(let text), .choice(let texts)):
            if texts.contains(text) { return [] }
            let nearest = NearestName.of(text, among: texts).map { "; did you mean \"\($0)\"?" } ?? ""
            return ["\(path): found another text, expected \(shape)\(nearest)"]
        case (.list(let elements), .list(let shape)):
            return elements.enumerated().flatMap { $1.problems(against: shape, at: "\(path)[\($0)]") }
        case (.object(let members), .map(let shape)):
            return members.sorted { $0.key < $1.key }.flatMap { $1.problems(against: shape, at: "\(path).\($0)") }
        case (.object(let members), .object(let expected)): return problems(of: members, against: expected, at: path)
        default: return ["\(path): found \(kind), expected \(shape)"]
        }
    }

    private func problems(
        of members: [String: ShapedValue], against expected: [ValueShape.Member], at path: String
    ) -> [String] {
        let found = expected.flatMap { member -> [String] in
            let place = "\(path).\(member.name)"
            guard let value = members[member.name] else {
                return member.isOptional ? [] : ["\(place): found nothing, expected \(member.shape)"]
            }
            if case .null = value, member.isOptional { return [] }
            return value.problems(against: member.shape, at: place)
        }
        let names = expected.map(\.name)
        let unknown = members.keys.filter { !names.contains($0) }.sorted().map { name in
            let nearest = NearestName.of(name, among: names).map { "; did you mean \($0)?" } ?? ""
            let known = names.isEmpty ? "nothing" : names.joined(separator: ", ")
            return "\(path).\(name): expected none of this name, but \(known)\(nearest)"
        }
        return found + unknown
    }
}
