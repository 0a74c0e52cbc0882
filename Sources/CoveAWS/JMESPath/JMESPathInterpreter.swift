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
    /// What the search may still cost.
    let work: JMESPathWork

    func evaluate(
        _ expression: JMESPathExpression, in value: AWSValue
    ) throws(JMESPathError) -> JMESPathResult {
        if case .reference(let inner) = expression { return .reference(inner) }
        return .value(try find(expression, in: value))
    }

    func find(_ expression: JMESPathExpression, in value: AWSValue) throws(JMESPathError) -> AWSValue {
        try work.spend(1)
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
            let flat = elements.flatMap { $0.list ?? [$0] }
            try work.spend(flat.count)
            return .list(flat)
        case .or(let left, let right):
            let found = try find(left, in: value)
            return found.isTruth ? found : try find(right, in: value)
        case .and(let left, let right):
            let found = try find(left, in: value)
            return found.isTruth ? try find(right, in: value) : found
        case .not(let inner): return .bool(!(try find(inner, in: value).isTruth))
        case .comparison(let comparator, let left, let right):
            return try compare(try find(left, in: value), comparator, try find(right, in: value))
        case .list(let elements):
            if value.isNull { return .null }
            var found: [AWSValue] = []
            for element in elements { found.append(try find(element, in: value)) }
            return .list(found)
        case .object(let members):
            if value.isNull { return .null }
            var found = AWSMembers(capacity: members.count)
            for member in members { found[member.name] = try find(member.value, in: value) }
            return .structure(found)
        case .call(let function, let arguments):
            var found: [JMESPathResult] = []
            for argument in arguments {
                found.append(try evaluate(argument, in: value))
                try work.spend(found.last?.value.list?.count ?? 0)
            }
            return try function.call(found, self)
        case .reference: return .null
        }
    }

    /// The expression for each element; what it does not find is left out.
    private func project(
        _ expression: JMESPathExpression, over elements: [AWSValue]
    ) throws(JMESPathError) -> AWSValue {
        try work.spend(elements.count)
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

    private func compare(
        _ left: AWSValue, _ comparator: JMESPathComparator, _ right: AWSValue
    ) throws(JMESPathError) -> AWSValue {
        switch comparator {
        case .equal: return .bool(try isSame(left, right))
        case .notEqual: return .bool(try !isSame(left, right))
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

extension JMESPathInterpreter {
    /// Equality as JSON has it: numbers by their value, whether they were written with a fraction or not.
    func isSame(_ left: AWSValue, _ right: AWSValue) throws(JMESPathError) -> Bool {
        try work.spend(1)
        switch (left, right) {
        case (.list(let left), .list(let right)):
            guard left.count == right.count else { return false }
            for (one, other) in zip(left, right) {
                guard try isSame(one, other) else { return false }
            }
            return true
        case (.structure(let left), .structure(let right)):
            guard left.count == right.count else { return false }
            for member in left {
                guard let other = right[member.name], try isSame(member.value, other) else { return false }
            }
            return true
        default:
            if let left = left.double, let right = right.double { return left == right }
            return left == right
        }
    }
}

extension AWSValue {
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
}

extension String {
    /// The order of texts by their code points, as Python has it.
    func precedes(_ other: String) -> Bool { unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars) }
}
