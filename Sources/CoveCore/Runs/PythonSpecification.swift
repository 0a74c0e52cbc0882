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
    /// The arguments of botocove's decorator that the run takes account of: a function whose decorator says more is not run.
    ///
    /// Nil where that is known otherwise, as of a script.
    public var decoration: [String]?

    /// A function and its arguments.
    public init(
        artefact: ArtefactReference?, file: String, function: String, arguments: JSONText? = nil,
        keywordArguments: JSONText? = nil, isTyped: Bool = false, decoration: [String]? = nil
    ) {
        self.artefact = artefact
        self.file = file
        self.function = function
        self.arguments = arguments
        self.keywordArguments = keywordArguments
        self.isTyped = isTyped
        self.decoration = decoration
    }
}

extension PythonSpecification {
    /// What is wrong with the function, in sentences; whether there is one of this name only its file knows.
    ///
    /// A script's function that runs in the script's own process has its arguments there, in any size: they are not in here.
    package var problems: [String] {
        var found: [String] = []
        if function.isEmpty { found.append("the function has no name") }
        let size = (arguments?.utf8.count ?? 0) + (keywordArguments?.utf8.count ?? 0)
        if size > FunctionSpecification.largestInput {
            found.append(
                "the function's arguments have \(size) bytes as JSON: expected at most \(FunctionSpecification.largestInput), "
                    + "because they are stored with the run; pass less, or where it is")
        }
        return found
    }
}
