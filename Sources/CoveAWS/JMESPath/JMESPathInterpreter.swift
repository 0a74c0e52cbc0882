// SPDX-License-Identifier: Apache-2.0

/// What an expression came to: a value, or for `&expression` the expression itself.
enum JMESPathResult: Sendable {
    case value(AWSValue)
    case reference(JMESPathExpression)

    /// The value; a reference that stands where no function takes it is nothing.
    var value: AWSValue {
        guard case .value(let value) = self else { return .null }
        return value
    }
}

/// Evaluates expressions.
struct JMESPathInterpreter {
    /// How much expressions may still make of what they are given: values, and bytes of texts.
    private final class Allowance {
        var left: Int

        init(_ limit: Int) { left = limit }
    }

    private let limit: Int
    private let allowance: Allowance

    init(limit: Int) {
        self.limit = limit
        allowance = Allowance(limit)
    }

    /// Gives back what was made of other values; an expression such as `[@,@]|[@,@]|…` doubles it with each step.
    private func made(_ value: AWSValue) throws(JMESPathError) -> AWSValue {
        value.use(&allowance.left)
        guard allowance.left >= 0 else {
            throw JMESPathError(
                .invalidValue, "the expression makes more than \(limit) values and bytes of what it is given")
        }
        return value
    }

    func evaluate(
        _ expression: JMESPathExpression, in value: AWSValue
    ) throws(JMESPathError) -> JMESPathResult {
        if case .reference(let inner) = expression { return .reference(inner) }
        return .value(try find(expression, in: value))
    }

    func find(_ expression: JMESPathExpression, in value: AWSValue) throws(JMESPathError) -> AWSValue {
        switch expression {
        case .current: return value
        case .literal(let literal): return literal
        case .field(let name): return value[name]
        case .index(let index): return value[index < 0 ? index + (value.list?.count ?? 0) : index]
        case .slice(let start, let stop, let step): return try slice(value, start, stop, step ?? 1)
        case .subexpression(let left, let right), .pipe(let left, let right):
            return try find(right, in: find(left, in: value))
        case .listProjection(let left, let right):
            guard let elements = try find(left, in: value).list else { return .null }
            return try project(right, over: elements)
        case .valueProjection(let left, let right):
            guard let members = try find(left, in: value).structure else { return .null }
            return try project(right, over: members.values)
        case .filterProjection(let left, let right, let condition):
            guard let elements = try find(left, in: value).list else { return .null }
            var kept: [AWSValue] = []
            for element in elements where try find(condition, in: element).isTruth { kept.append(element) }
            return try project(right, over: kept)
        case .flatten(let inner):
            guard let elements = try find(inner, in: value).list else { return .null }
            return .list(elements.flatMap { $0.list ?? [$0] })
        case .or(let left, let right):
            let found = try find(left, in: value)
            return found.isTruth ? found : try find(right, in: value)
        case .and(let left, let right):
            let found = try find(left, in: value)
            return found.isTruth ? try find(right, in: value) : found
        case .not(let inner): return .bool(!(try find(inner, in: value).isTruth))
        case .comparison(let comparator, let left, let right):
            return compare(try find(left, in: value), comparator, try find(right, in: value))
        case .list(let elements):
            if value.isNull { return .null }
            var found: [AWSValue] = []
            for element in elements { found.append(try find(element, in: value)) }
            return try made(.list(found))
        case .object(let members):
            if value.isNull { return .null }
            var found = AWSMembers(capacity: members.count)
            for member in members { found[member.name] = try find(member.value, in: value) }
            return try made(.structure(found))
        case .call(let function, let arguments):
            var found: [JMESPathResult] = []
            for argument in arguments { found.append(try evaluate(argument, in: value)) }
            return try made(function.call(found, self))
        case .reference: return .null
        }
    }

    /// The expression for each element; what it does not find is left out.
    private func project(
        _ expression: JMESPathExpression, over elements: [AWSValue]
    ) throws(JMESPathError) -> AWSValue {
        if case .current = expression { return .list(elements.filter { !$0.isNull }) }
        var found: [AWSValue] = []
        for element in elements {
            let value = try find(expression, in: element)
            if !value.isNull { found.append(value) }
        }
        return .list(found)
    }

    private func slice(
        _ value: AWSValue, _ start: Int?, _ stop: Int?, _ step: Int
    ) throws(JMESPathError) -> AWSValue {
        guard step != 0 else { throw JMESPathError(.invalidValue, "the step of a slice is 0: expected another number") }
        guard let elements = value.list else { return .null }
        let count = elements.count
        func place(_ index: Int, _ lowest: Int, _ highest: Int) -> Int {
            min(highest, max(lowest, index < 0 ? index + count : index))
        }
        var found: [AWSValue] = []
        if step > 0 {
            let end = stop.map { place($0, 0, count) } ?? count
            var index = start.map { place($0, 0, count) } ?? 0
            while index < end {
                found.append(elements[index])
                let (next, isBeyond) = index.addingReportingOverflow(step)
                if isBeyond { break }
                index = next
            }
        } else {
            let end = stop.map { place($0, -1, count - 1) } ?? -1
            var index = start.map { place($0, -1, count - 1) } ?? count - 1
            while index > end {
                found.append(elements[index])
                let (next, isBeyond) = index.addingReportingOverflow(step)
                if isBeyond { break }
                index = next
            }
        }
        return .list(found)
    }

    private func compare(_ left: AWSValue, _ comparator: JMESPathComparator, _ right: AWSValue) -> AWSValue {
        switch comparator {
        case .equal: return .bool(left.isSame(as: right))
        case .notEqual: return .bool(!left.isSame(as: right))
        case .less, .lessOrEqual, .greater, .greaterOrEqual: break
        }
        // Only numbers have an order here, and in jmespath.py texts too, which dates are compared by.
        let order: (isLess: Bool, isEqual: Bool)
        if let left = left.double, let right = right.double {
            order = (left < right, left == right)
        } else if let left = left.string, let right = right.string {
            order = (left.precedes(right), left == right)
        } else {
            return .null
        }
        return switch comparator {
        case .less: .bool(order.isLess)
        case .lessOrEqual: .bool(order.isLess || order.isEqual)
        case .greater: .bool(!order.isLess && !order.isEqual)
        default: .bool(!order.isLess)
        }
    }
}

extension AWSValue {
    /// Takes what the value holds from an allowance, until that is used up.
    fileprivate func use(_ allowance: inout Int) {
        allowance -= 1
        guard allowance >= 0 else { return }
        switch self {
        case .string(let text): allowance -= text.utf8.count
        case .blob(let bytes): allowance -= bytes.count
        case .list(let elements):
            for element in elements where allowance >= 0 { element.use(&allowance) }
        case .structure(let members):
            for member in members where allowance >= 0 { member.value.use(&allowance) }
        case .null, .bool, .integer, .double, .timestamp: break
        }
    }

    /// Whether a condition takes it as true: false are `null`, `false`, and what is empty.
    var isTruth: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .string(let text): !text.isEmpty
        case .blob(let bytes): !bytes.isEmpty
        case .list(let elements): !elements.isEmpty
        case .structure(let members): !members.isEmpty
        case .integer, .double, .timestamp: true
        }
    }

    /// Equality as JSON has it: numbers by their value, whether they were written with a fraction or not.
    func isSame(as other: AWSValue) -> Bool {
        switch (self, other) {
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.structure(let left), .structure(let right)):
            return left.count == right.count && left.allSatisfy { right[$0.name]?.isSame(as: $0.value) == true }
        default:
            if let left = double, let right = other.double { return left == right }
            return self == other
        }
    }
}

extension String {
    /// The order of texts by their code points, as Python has it.
    func precedes(_ other: String) -> Bool { unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars) }
}
