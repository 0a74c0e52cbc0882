// SPDX-License-Identifier: Apache-2.0

/// The pages of a listing put together, as botocore's `build_full_result` and with it the AWS CLI do: lists one after the
/// other, numbers added, texts joined, and what stands in every page once.
package struct PageMerge: Sendable {
    private enum Gathered: Sendable {
        case list([AWSValue])
        case other(AWSValue)
    }

    private let keys: [JMESPath]
    private var gathered: [Gathered?]
    /// The keys in the order in which pages first had them.
    private var order: [Int] = []

    package init(_ paginator: Paginator) {
        keys = paginator.resultKeys
        gathered = Array(repeating: nil, count: keys.count)
    }

    /// Adds a page.
    package mutating func add(_ page: AWSValue) throws(JMESPathError) {
        for (index, key) in keys.enumerated() {
            let found = try key.search(page)
            if found.isNull { continue }
            let earlier = gathered[index]
            if earlier == nil { order.append(index) }
            // Emptied first, so that a list that grows is not copied.
            gathered[index] = nil
            gathered[index] = Self.joined(earlier, found)
        }
    }

    private static func joined(_ earlier: consuming Gathered?, _ found: AWSValue) -> Gathered {
        switch (earlier, found) {
        case (nil, .list(let elements)): return .list(elements)
        case (nil, _): return .other(found)
        case (.list(var all), .list(let elements)):
            all += elements
            return .list(all)
        case (.other(.integer(let sum)), .integer(let more)): return .other(.integer(sum &+ more))
        case (.other(let sum), .integer), (.other(let sum), .double):
            guard let left = sum.double, let right = found.double else { return .other(sum) }
            return .other(.double(left + right))
        case (.other(.string(let text)), .string(let more)): return .other(.string(text + more))
        case (let kept?, _): return kept
        }
    }

    /// The whole, and where the listing goes on if it was cut off.
    package func whole(after walk: PageWalk) -> AWSValue {
        var whole = AWSValue.structure(AWSMembers())
        for index in order {
            switch gathered[index] {
            case .list(let elements): whole.set(.list(elements), at: keys[index].text)
            case .other(let value): whole.set(value, at: keys[index].text)
            case nil: break
            }
        }
        for part in walk.unchanging {
            var addition = AWSValue.structure(AWSMembers())
            addition.set(part.value, at: part.path)
            whole = whole.merged(with: addition)
        }
        if let resumption = walk.resumption { whole.set(.string(resumption.text), at: "NextToken") }
        return whole
    }
}
