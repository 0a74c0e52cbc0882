// SPDX-License-Identifier: Apache-2.0

/// A Python function of botocove's shape, `def f(session, *args, **kwargs)`, and what it is given.
public struct PythonSpecification: Sendable, Hashable, Codable {
    /// The files that travel to the workers; nil for a function of the Python process that made the run.
    public var artefact: ArtefactReference?
    /// The file that has the function: a path in the artefact, or that of the script that made the run.
    public var file: String
    /// The function's qualified name in that file.
    public var function: String
    /// The positional arguments after the session, a JSON array; nil for none.
    public var arguments: JSONText?
    /// The keyword arguments, a JSON object; nil for none.
    public var keywordArguments: JSONText?
    /// Whether arguments and results keep Python's types, such as a moment or bytes, as tagged JSON; otherwise a result is plain JSON.
    public var isTyped: Bool

    /// A function and its arguments.
    public init(
        artefact: ArtefactReference?, file: String, function: String, arguments: JSONText? = nil,
        keywordArguments: JSONText? = nil, isTyped: Bool = false
    ) {
        self.artefact = artefact
        self.file = file
        self.function = function
        self.arguments = arguments
        self.keywordArguments = keywordArguments
        self.isTyped = isTyped
    }
}
