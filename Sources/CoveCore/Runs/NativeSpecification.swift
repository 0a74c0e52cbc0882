// SPDX-License-Identifier: Apache-2.0

/// A Swift function of a program, and what it is given.
public struct NativeSpecification: Sendable, Hashable, Codable {
    /// The function's name in the program that has it.
    public var name: String
    /// The digest of the build whose function it is, so that no other build runs it; nil for a closure, which runs only in the
    /// process that made the run.
    public var build: String?
    /// The function's inputs as a JSON object, named as its parameters are; nil where it takes none.
    public var input: JSONText?

    /// A function by its name.
    public init(name: String, build: String? = nil, input: JSONText? = nil) {
        self.name = name
        self.build = build
        self.input = input
    }
}

extension NativeSpecification: ExpressibleByStringLiteral {
    /// A closure of this name.
    public init(stringLiteral name: String) { self.init(name: name) }
}
