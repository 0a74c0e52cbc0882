// SPDX-License-Identifier: Apache-2.0

/// Everything that is wrong with a request, told at once.
public struct InvalidRequest: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, a sentence each; never empty.
    public let problems: [String]

    /// A request with these problems.
    public init(_ problems: [String]) { self.problems = problems }

    /// A request with one problem.
    public init(_ problem: String) { problems = [problem] }

    /// The problems, a line each.
    public var description: String { problems.joined(separator: "\n") }
}
