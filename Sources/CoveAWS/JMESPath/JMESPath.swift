// SPDX-License-Identifier: Apache-2.0

/// An expression of JMESPath (jmespath.org, grammar and functions as jmespath.py 1.1 has them).
///
/// It is parsed once and can be searched with any number of times, from any task.
public struct JMESPath: Sendable, Hashable {
    /// The expression's text.
    public let text: String
    private let expression: JMESPathExpression

    /// The expression in `text`.
    ///
    /// - Throws: `JMESPathError` with code `.syntax`, `.unknownFunction` or `.invalidArity`.
    public init(_ text: String) throws(JMESPathError) {
        self.text = text
        var parser = try JMESPathParser(text)
        expression = try parser.parse()
    }

    /// What the expression finds in a value.
    ///
    /// - Throws: `JMESPathError` when a function is given what it does not take, or when the search would take for ever.
    public func search(_ value: AWSValue) throws(JMESPathError) -> AWSValue { try search(value, work: JMESPathWork()) }

    /// What the expression finds in a value, if that costs no more than there is left.
    func search(_ value: AWSValue, work: JMESPathWork) throws(JMESPathError) -> AWSValue {
        try JMESPathInterpreter(work: work).evaluate(expression, in: value).value
    }

    /// Whether two expressions have the same text.
    public static func == (left: JMESPath, right: JMESPath) -> Bool { left.text == right.text }

    /// Mixes the text in.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Why an expression cannot be used, or not with a value.
public struct JMESPathError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of error that the specification names.
    public enum Code: String, Sendable {
        /// The text is no expression.
        case syntax
        /// A function was given a value of another type.
        case invalidType = "invalid-type"
        /// A function was given another number of arguments.
        case invalidArity = "invalid-arity"
        /// A value is outside of what is allowed: the step 0 of a slice.
        case invalidValue = "invalid-value"
        /// There is no such function.
        case unknownFunction = "unknown-function"
    }

    /// The kind of error.
    public let code: Code
    /// What was found and what was expected.
    public let message: String
    /// Where in the text, in characters from 0; nil where it is no question of place.
    public let position: Int?

    init(_ code: Code, _ message: String, at position: Int? = nil) {
        self.code = code
        self.message = message
        self.position = position
    }

    /// The message, with its place where there is one.
    public var description: String { position.map { "\(message) (at character \($0 + 1))" } ?? message }
}
