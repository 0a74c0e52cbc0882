// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What stands on the command line of `cove python`: a function in a file, or a script.
enum PythonTarget {
    /// Whether something names a function rather than a script.
    static func isFunction(_ target: String) -> Bool {
        let name = target.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return name.contains(":")
    }

    /// A command line whose function stands behind its options.
    ///
    /// What follows a script is the script's own, so the parser leaves everything that follows the first word as it is; options may
    /// follow a function.
    static func ordered(_ arguments: [String]) -> [String] {
        guard let words = command(of: arguments)?.command, words.count > 1, let target = words.first, isFunction(target)
        else { return arguments }
        let options = Array(arguments.dropLast(words.count) + words.dropFirst())
        // An option without its value would take the function for it: what is wrong is told without it.
        guard let others = command(of: options)?.command else { return options }
        // What begins with a dash is help, or no option.
        let place = others.first?.hasPrefix("-") == false ? options.count - others.count : options.count
        return options[..<place] + [target] + options[place...]
    }

    /// The command of a command line; nil where it is another, or is wrong.
    static func command(of arguments: [String]) -> PythonCommand? {
        guard arguments.first == "python" else { return nil }
        return try? CoveCommand.parseAsRoot(arguments) as? PythonCommand
    }
}
