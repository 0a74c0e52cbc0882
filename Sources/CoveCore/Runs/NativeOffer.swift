// SPDX-License-Identifier: Apache-2.0

/// The Swift functions that a worker's program has.
///
/// Two programs of the same build have the same functions; nothing else says that a function is the same.
package struct NativeOffer: Sendable, Hashable, Codable {
    /// How many functions a program may have.
    package static let mostFunctions = 256
    /// How many bytes their names and shapes may have together.
    package static let mostBytes = 65_536

    /// The program's name, for people.
    package var program: String
    /// What tells builds of it apart: the build ID of its executable file, else the SHA-256 digest of that, in hexadecimal.
    package var build: String
    /// Its functions, by name.
    package var functions: [Function]

    /// A function, and the shapes of what it takes and returns.
    package struct Function: Sendable, Hashable, Codable {
        package var name: String
        /// The shape of its input, for people: `{"path":"text"}`; nil where it takes none, or where that is not told.
        package var input: String?
        /// The shape of its result, for people; nil where it returns nothing, or where that is not told.
        package var output: String?

        package init(name: String, input: String? = nil, output: String? = nil) {
            self.name = name
            self.input = input
            self.output = output
        }
    }

    package init(program: String, build: String, functions: [Function]) {
        self.program = program
        self.build = build
        self.functions = functions
    }

    /// Whether a function is one of these.
    package func has(_ function: NativeSpecification) -> Bool {
        function.build == build && functions.contains { $0.name == function.name }
    }

    /// The program and the beginning of its build, for tables and messages.
    package var title: String { "\(program) \(Self.short(build))" }

    /// The functions without their shapes.
    package var withoutShapes: NativeOffer {
        NativeOffer(program: program, build: build, functions: functions.map { Function(name: $0.name) })
    }

    /// How many bytes names and shapes have.
    package var size: Int {
        functions.reduce(0) { $0 + $1.name.utf8.count + ($1.input?.utf8.count ?? 0) + ($1.output?.utf8.count ?? 0) }
    }

    /// The beginning of a build: enough to tell builds apart at a glance.
    package static func short(_ build: String) -> String { String(build.prefix(12)) }
}
