// SPDX-License-Identifier: Apache-2.0

/// Named values in the order in which they came.
///
/// Two with the same members in another order are equal.
public struct AWSMembers: Sendable {
    /// A name and its value.
    public typealias Element = (name: String, value: AWSValue)

    private var elements: [Element] = []
    /// Where a name stands; kept once there are so many that looking through them would take longer.
    private var places: [String: Int]?
    private static let indexedFrom = 12

    /// No members.
    public init() {}

    /// Room for so many members.
    init(capacity: Int) { elements.reserveCapacity(capacity) }

    /// How many members there are.
    public var count: Int { elements.count }
    /// Whether there are none.
    public var isEmpty: Bool { elements.isEmpty }
    /// The names in their order.
    public var names: [String] { elements.map(\.name) }
    /// The values in their order.
    public var values: [AWSValue] { elements.map(\.value) }

    /// The value of a name; nil where there is none.
    ///
    /// A new name is added at the end; nil takes a name away.
    public subscript(name: String) -> AWSValue? {
        get { place(of: name).map { elements[$0].value } }
        set {
            switch (place(of: name), newValue) {
            case (let place?, let value?): elements[place].value = value
            case (nil, let value?): append(name, value)
            case (let place?, nil):
                elements.remove(at: place)
                places = nil
            case (nil, nil): break
            }
        }
    }

    private func place(of name: String) -> Int? {
        if let places { return places[name] }
        return elements.firstIndex { $0.name == name }
    }

    private mutating func append(_ name: String, _ value: AWSValue) {
        elements.append((name, value))
        if places != nil {
            places?[name] = elements.count - 1
        } else if elements.count >= Self.indexedFrom {
            places = Dictionary(
                elements.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { _, last in last })
        }
    }
}

extension AWSMembers: RandomAccessCollection {
    /// The first place.
    public var startIndex: Int { 0 }
    /// The place after the last.
    public var endIndex: Int { elements.count }
    /// The member at a place.
    public subscript(position: Int) -> Element { elements[position] }
}

extension AWSMembers: Hashable {
    /// Whether two have the same names with the same values.
    public static func == (left: AWSMembers, right: AWSMembers) -> Bool {
        left.count == right.count && left.elements.allSatisfy { right[$0.name] == $0.value }
    }

    /// Mixes the members in, whatever their order.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for element in elements {
            var own = Hasher()
            own.combine(element.name)
            own.combine(element.value)
            sum &+= own.finalize()
        }
        hasher.combine(sum)
    }
}

extension AWSMembers: ExpressibleByDictionaryLiteral {
    /// Named values in their order; the last of two with one name counts.
    public init(dictionaryLiteral elements: (String, AWSValue)...) {
        self.init(capacity: elements.count)
        for (name, value) in elements { self[name] = value }
    }
}
