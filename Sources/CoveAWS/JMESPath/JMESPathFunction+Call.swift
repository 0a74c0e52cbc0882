// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension JMESPathFunction {
    /// Calls the function.
    func call(
        _ arguments: [JMESPathResult], _ interpreter: JMESPathInterpreter
    ) throws(JMESPathError) -> AWSValue {
        try check(arguments)
        let first = arguments.first?.value ?? .null
        let second = arguments.count > 1 ? arguments[1] : .value(.null)
        switch self {
        case .abs: return first.double.map { $0 < 0 } == true ? Self.negated(first) : first
        case .ceil: return Self.whole(first, Glibc.ceil)
        case .floor: return Self.whole(first, Glibc.floor)
        case .sum: return Self.sum(first.list ?? [])
        case .avg:
            guard let elements = first.list, !elements.isEmpty else { return .null }
            return .double((Self.sum(elements).double ?? 0) / Double(elements.count))
        case .contains: return .bool(try Self.contains(first, second.value, interpreter))
        case .endsWith: return .bool((first.string ?? "").hasSuffix(second.value.string ?? ""))
        case .startsWith: return .bool((first.string ?? "").hasPrefix(second.value.string ?? ""))
        case .join:
            let parts = (second.value.list ?? []).compactMap(\.string)
            let separator = first.string ?? ""
            try interpreter.work.spend(parts.reduce(parts.count &* separator.utf8.count) { $0 &+ $1.utf8.count })
            return .string(parts.joined(separator: separator))
        case .keys: return .list((first.structure?.names ?? []).map { .string($0) })
        case .values: return .list(first.structure?.values ?? [])
        case .length: return .integer(Int64(Self.length(first)))
        case .map: return try map(arguments, interpreter)
        case .max: return Self.best(first.list ?? []) { $1.comes(before: $0) }
        case .min: return Self.best(first.list ?? []) { $0.comes(before: $1) }
        case .maxBy: return try keyed(first, second, interpreter).map { Self.best($0) { $1.key.comes(before: $0.key) } }
        case .minBy: return try keyed(first, second, interpreter).map { Self.best($0) { $0.key.comes(before: $1.key) } }
        case .sort: return .list(Self.sorted(first.list ?? []) { $0.comes(before: $1) })
        case .sortBy:
            let keyed = try keyed(first, second, interpreter)
            return .list(Self.sorted(keyed.elements) { $0.key.comes(before: $1.key) }.map(\.element))
        case .merge:
            var merged = AWSMembers()
            for argument in arguments {
                for member in argument.value.structure ?? AWSMembers() { merged[member.name] = member.value }
            }
            return .structure(merged)
        case .notNull: return arguments.lazy.map(\.value).first { !$0.isNull } ?? .null
        case .reverse:
            if let text = first.string { return .string(Self.text(text.unicodeScalars.reversed())) }
            return .list((first.list ?? []).reversed())
        case .toArray: return first.list == nil ? .list([first]) : first
        case .toNumber: return Self.number(first)
        case .toString: return try first.string == nil ? Self.text(of: first, interpreter) : first
        case .type: return .string(first.jmespathType.rawValue)
        }
    }

    private func map(
        _ arguments: [JMESPathResult], _ interpreter: JMESPathInterpreter
    ) throws(JMESPathError) -> AWSValue {
        guard case .reference(let expression)? = arguments.first else { return .null }
        var found: [AWSValue] = []
        for element in arguments[1].value.list ?? [] { found.append(try interpreter.find(expression, in: element)) }
        return .list(found)
    }

    // MARK: Order

    private struct Keyed {
        var element: AWSValue
        var key: AWSValue
    }

    /// The elements with what `&expression` finds in each: all numbers, or all texts.
    private func keyed(
        _ list: AWSValue, _ reference: JMESPathResult, _ interpreter: JMESPathInterpreter
    ) throws(JMESPathError) -> KeyedList {
        guard case .reference(let expression) = reference else { return KeyedList(elements: []) }
        var elements: [Keyed] = []
        for element in list.list ?? [] {
            let key = try interpreter.find(expression, in: element)
            let type = key.jmespathType
            guard type == .number || type == .string else {
                throw wrong("an expression that finds \(type.rawValue)", "one that finds number or string")
            }
            guard elements.first.map({ $0.key.jmespathType == type }) ?? true else {
                throw wrong("an expression that finds numbers and strings", "one that finds the same type everywhere")
            }
            elements.append(Keyed(element: element, key: key))
        }
        return KeyedList(elements: elements)
    }

    private struct KeyedList {
        var elements: [Keyed]

        func map(_ choose: ([Keyed]) -> Keyed?) -> AWSValue { choose(elements)?.element ?? .null }
    }

    private static func best(_ elements: [AWSValue], _ precedes: (AWSValue, AWSValue) -> Bool) -> AWSValue {
        best(elements as [AWSValue], by: precedes) ?? .null
    }

    private static func best(_ elements: [Keyed], _ precedes: (Keyed, Keyed) -> Bool) -> Keyed? {
        best(elements, by: precedes)
    }

    /// The first of those that no other precedes.
    private static func best<Element>(_ elements: [Element], by precedes: (Element, Element) -> Bool) -> Element? {
        guard var best = elements.first else { return nil }
        for element in elements.dropFirst() where precedes(element, best) { best = element }
        return best
    }

    /// Sorts so that equal elements keep their order.
    private static func sorted<Element>(
        _ elements: [Element], by precedes: (Element, Element) -> Bool
    ) -> [Element] {
        elements.enumerated().sorted { left, right in
            if precedes(left.element, right.element) { return true }
            return !precedes(right.element, left.element) && left.offset < right.offset
        }.map(\.element)
    }

    // MARK: Numbers and texts

    private static func negated(_ value: AWSValue) -> AWSValue {
        guard let number = value.integer else { return .double(-(value.double ?? 0)) }
        let (negated, isBeyond) = Int64(0).subtractingReportingOverflow(number)
        return isBeyond ? .double(-Double(number)) : .integer(negated)
    }

    private static func whole(_ value: AWSValue, _ round: (Double) -> Double) -> AWSValue {
        guard case .double(let number) = value else { return value }
        let rounded = round(number)
        return Int64(exactly: rounded).map { .integer($0) } ?? .double(rounded)
    }

    private static func sum(_ elements: [AWSValue]) -> AWSValue {
        var whole: Int64 = 0
        for element in elements {
            guard let number = element.integer, case (let sum, false) = whole.addingReportingOverflow(number) else {
                return .double(elements.reduce(0) { $0 + ($1.double ?? 0) })
            }
            whole = sum
        }
        return .integer(whole)
    }

    private static func number(_ value: AWSValue) -> AWSValue {
        switch value {
        case .integer, .double: return value
        case .string(let text):
            let digits = text.filter { !$0.isWhitespace }
            if let number = Int64(digits) { return .integer(number) }
            return Double(digits).map { .double($0) } ?? .null
        default: return .null
        }
    }

    private static func text(
        of value: AWSValue, _ interpreter: JMESPathInterpreter
    ) throws(JMESPathError) -> AWSValue {
        let most = interpreter.work.rest
        guard let json = value.json(style: .ascii, atMost: most) else {
            try interpreter.work.spend(most + 1)
            return .null
        }
        try interpreter.work.spend(json.count)
        return .string(String(decoding: json, as: UTF8.self))
    }

    private static func contains(
        _ subject: AWSValue, _ search: AWSValue, _ interpreter: JMESPathInterpreter
    ) throws(JMESPathError) -> Bool {
        guard let text = subject.string else {
            for element in subject.list ?? [] where try interpreter.isSame(element, search) { return true }
            return false
        }
        guard let part = search.string else { return false }
        let whole = Array(text.unicodeScalars)
        let wanted = Array(part.unicodeScalars)
        guard wanted.count <= whole.count else { return false }
        return (0...(whole.count - wanted.count)).contains { whole[$0...].starts(with: wanted) }
    }

    private static func length(_ value: AWSValue) -> Int {
        value.string?.unicodeScalars.count ?? value.list?.count ?? value.structure?.count ?? 0
    }

    private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}

extension AWSValue {
    /// The order of two numbers or two texts.
    fileprivate func comes(before other: AWSValue) -> Bool {
        if let left = double, let right = other.double { return left < right }
        guard let left = string, let right = other.string else { return false }
        return left.precedes(right)
    }
}
