// SPDX-License-Identifier: Apache-2.0

/// A Swift function of a program, and what it is given.
public struct NativeSpecification: Sendable, Hashable, Codable {
    /// The function's name in the program that has it.
    public var name: String
    /// The name of the program, for people: who has to run it, and who can go on with the run.
    public var program: String?
    /// The build whose function it is, so that no other build runs it; nil for a closure, which runs only in the
    /// process that made the run.
    public var build: String?
    /// The function's inputs as a JSON object, named as its parameters are; nil where it takes none.
    public var input: JSONText?

    /// A function by its name.
    public init(name: String, program: String? = nil, build: String? = nil, input: JSONText? = nil) {
        self.name = name
        self.program = program
        self.build = build
        self.input = input
    }
}

extension NativeSpecification: ExpressibleByStringLiteral {
    /// A closure of this name.
    public init(stringLiteral name: String) { self.init(name: name) }
}

extension NativeSpecification {
    /// The function with its program and build, for messages: `iamUsers of audit, build 1f2e3d4c5b6a`.
    package var identity: String {
        "\(name) of \(program ?? "an unnamed program")" + (build.map { ", build \(NativeOffer.short($0))" } ?? "")
    }
}
