// SPDX-License-Identifier: Apache-2.0

/// What is run in every target.
public enum FunctionSpecification: Sendable, Hashable {
    /// An operation of an AWS service.
    case call(CallSpecification)
    /// A program, with the session's credentials in its environment.
    case exec(ProgramSpecification)
    /// A Swift function or closure.
    case native(NativeSpecification)
    /// A Python function.
    case python(PythonSpecification)

    /// The kinds of function, as workers allow them.
    public enum Kind: String, Sendable, CaseIterable, Codable {
        /// An operation of an AWS service.
        case call
        /// A program.
        case exec
        /// A Swift function.
        case native
        /// A Python function.
        case python
    }

    /// The function's kind.
    public var kind: Kind {
        switch self {
        case .call: .call
        case .exec: .exec
        case .native: .native
        case .python: .python
        }
    }

    /// The function in a few words, for tables: service and operation, the program's command line, or the function's name.
    ///
    /// The input of a call and of a function is left out: it may hold secrets.
    public var summary: String {
        switch self {
        case .call(let call): "\(call.service) \(call.operation)"
        case .exec(let program): ([program.program] + program.arguments).joined(separator: " ")
        case .native(let function): function.name
        case .python(let function): "\(function.file):\(function.function)"
        }
    }

    /// The largest input of a call or a function in bytes, positional and keyword arguments together: it is stored with the run, and
    /// goes with every batch of tasks.
    package static let largestInput = 256 * 1_024

    /// The program, where it is one.
    public var program: ProgramSpecification? {
        if case .exec(let program) = self { program } else { nil }
    }

    /// What must be at the worker before the function can run.
    public var artefact: ArtefactReference? {
        switch self {
        case .call, .native: nil
        case .exec(let program): program.artefact
        case .python(let function): function.artefact
        }
    }
}

extension FunctionSpecification: Codable {
    private enum Key: String, CodingKey {
        case kind, call, program, python
    }

    /// Reads a function; a kind that this version does not know is an error.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .call: self = .call(try container.decode(CallSpecification.self, forKey: .call))
        case .exec: self = .exec(try container.decode(ProgramSpecification.self, forKey: .program))
        case .native: self = .native(try NativeSpecification(from: decoder))
        case .python: self = .python(try container.decode(PythonSpecification.self, forKey: .python))
        }
    }

    /// Writes the kind and what belongs to it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .kind)
        switch self {
        case .call(let call): try container.encode(call, forKey: .call)
        case .exec(let program): try container.encode(program, forKey: .program)
        case .native(let function): try function.encode(to: encoder)
        case .python(let function): try container.encode(function, forKey: .python)
        }
    }
}
