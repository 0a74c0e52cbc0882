// SPDX-License-Identifier: Apache-2.0

/// What is run in every target.
public enum FunctionSpecification: Sendable, Hashable {
    /// An operation of an AWS service.
    case call(CallSpecification)
    /// A program, with the session's credentials in its environment.
    case exec(ProgramSpecification)
    /// A Swift function or closure of the program that made the run; the value is its name.
    case native(String)

    /// The kinds of function, as workers allow them.
    public enum Kind: String, Sendable, CaseIterable, Codable {
        /// An operation of an AWS service.
        case call
        /// A program.
        case exec
        /// A Swift function.
        case native
    }

    /// The function's kind.
    public var kind: Kind {
        switch self {
        case .call: .call
        case .exec: .exec
        case .native: .native
        }
    }

    /// The function in a few words, for tables: service and operation, the program's command line, or the function's name.
    ///
    /// A call's input is left out: it may hold secrets.
    public var summary: String {
        switch self {
        case .call(let call): "\(call.service) \(call.operation)"
        case .exec(let program): ([program.program] + program.arguments).joined(separator: " ")
        case .native(let name): name
        }
    }
}

extension FunctionSpecification: Codable {
    private enum Key: String, CodingKey {
        case kind, call, program, name
    }

    /// Reads a function; a kind that this version does not know is an error.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .call: self = .call(try container.decode(CallSpecification.self, forKey: .call))
        case .exec: self = .exec(try container.decode(ProgramSpecification.self, forKey: .program))
        case .native: self = .native(try container.decode(String.self, forKey: .name))
        }
    }

    /// Writes the kind and what belongs to it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .kind)
        switch self {
        case .call(let call): try container.encode(call, forKey: .call)
        case .exec(let program): try container.encode(program, forKey: .program)
        case .native(let name): try container.encode(name, forKey: .name)
        }
    }
}

/// A program, its arguments, and how its output becomes a result.
public struct ProgramSpecification: Sendable, Hashable, Codable {
    /// How standard output becomes a `Result`.
    public enum Parsing: String, Sendable, CaseIterable, Codable {
        /// A JSON object or array becomes that value, anything else is text.
        case auto
        /// The output must be one JSON value.
        case json
        /// The output is text.
        case text
    }

    /// The program: a path, or a name that is looked for in `PATH`.
    public var program: String
    /// Its arguments, as they are: no shell reads them.
    public var arguments: [String]
    /// How its output becomes a result.
    public var parsing: Parsing
    /// The folder that it runs in, so that a resumed run finds what the first one found; nil for the worker's own.
    public var workingDirectory: String?

    /// A program to run.
    public init(
        program: String, arguments: [String] = [], parsing: Parsing = .auto, workingDirectory: String? = nil
    ) {
        self.workingDirectory = workingDirectory
        self.program = program
        self.arguments = arguments
        self.parsing = parsing
    }
}
