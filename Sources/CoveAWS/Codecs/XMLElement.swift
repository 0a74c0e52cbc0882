// SPDX-License-Identifier: Apache-2.0

/// An element of an XML document, with what AWS puts into one: other elements, or text.
package struct XMLElement: Sendable, Equatable {
    /// The element's name, with its prefix if it has one.
    package let name: String
    /// The text between the tags.
    ///
    /// An element with children has none: what is between them is white space.
    package internal(set) var text: String = ""
    /// The attributes as they are written, in their order.
    package internal(set) var attributes: [Attribute] = []
    /// The elements inside, in their order.
    package internal(set) var children: [XMLElement] = []

    /// An attribute.
    package struct Attribute: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// The name without its prefix.
    package var localName: Substring {
        name.utf8.lastIndex(of: UInt8(ascii: ":")).map { name[name.index(after: $0)...] } ?? name[...]
    }

    /// Makes an element out of its parts.
    package init(name: String, text: String = "", children: [XMLElement] = []) {
        self.name = name
        self.text = text
        self.children = children
    }

    /// The first child of that name.
    package subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The element at the end of a path of names, each the first of its name.
    package func find(_ path: String...) -> XMLElement? {
        var element = self
        for name in path {
            guard let next = element[name] else { return nil }
            element = next
        }
        return element
    }
}
