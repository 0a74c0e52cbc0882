// SPDX-License-Identifier: Apache-2.0

/// An argument of a program in which `{account}`, `{region}` and `{name}` stand for those of the target.
///
/// Only these words are replaced, and only in this form: `{"Key": {}}` stays what it is, and so does a shell's `${name}`.
/// `{{name}}` stands for the text `{name}`. What is put in is never looked through again, and an argument stays one argument.
public struct ArgumentTemplate: Sendable, Hashable {
    /// The words that stand for something.
    public enum Word: String, Sendable, CaseIterable {
        /// The account's id.
        case account
        /// The region's name.
        case region
        /// The account's name, as Organizations has it.
        case name
    }

    /// Why an argument cannot be filled in; completes the sentence "its argument 2 …".
    public struct Problem: Error, Hashable {
        /// The end of the sentence.
        public let reason: String
    }

    private enum Piece: Sendable, Hashable {
        case text([UInt8])
        case word(Word)
    }

    private let pieces: [Piece]

    /// The words that it holds, in their order.
    public var words: [Word] { pieces.compactMap { if case .word(let word) = $0 { word } else { nil } } }

    /// The template of an argument.
    public init(_ argument: String) {
        let bytes = Array(argument.utf8)
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let rest = bytes[place...]
            if let word = Self.word(rest, opening: "{{", closing: "}}") {
                text += "{\(word.rawValue)}".utf8
                place += word.rawValue.utf8.count + 4
            } else if place == 0 || bytes[place - 1] != UInt8(ascii: "$"),
                let word = Self.word(rest, opening: "{", closing: "}")
            {
                if !text.isEmpty { pieces.append(.text(text)) }
                text = []
                pieces.append(.word(word))
                place += word.rawValue.utf8.count + 2
            } else {
                text.append(bytes[place])
                place += 1
            }
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        self.pieces = pieces
    }

    private static func word(_ bytes: ArraySlice<UInt8>, opening: String, closing: String) -> Word? {
        Word.allCases.first { bytes.starts(with: "\(opening)\($0.rawValue)\(closing)".utf8) }
    }

    /// The argument for a target.
    ///
    /// - Parameter values: what the words stand for; nothing and the empty text are no values.
    /// - Throws: why there is no such argument. A missing value is never left out: a program that is told no region works in another one.
    public func filled(_ values: (Word) -> String?) throws(Problem) -> String {
        var result: [UInt8] = []
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .text(let text): result += text
            case .word(let word):
                guard let value = values(word), !value.isEmpty else { throw Problem(reason: Self.lacking(word)) }
                // Names are written by whoever owns the account, and an option is more than a text to the program.
                if index == 0, value.hasPrefix("-") {
                    throw Problem(
                        reason: "would begin with \"-\", as an option does, because the account's name does: "
                            + "put {\(word.rawValue)} behind something, as in --name={name}, "
                            + "or take the name from COVE_SESSION_INFORMATION")
                }
                result += value.utf8
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func lacking(_ word: Word) -> String {
        switch word {
        case .account: "has {account}, and the account is not known"
        case .region: "has {region}, and the task has no region: name regions with --regions"
        case .name:
            "has {name}, and the account's name is not known: that needs organizations:ListAccounts; use {account}"
        }
    }
}

// MARK: - Command texts

extension ArgumentTemplate {
    /// Programs that read one of their arguments as a program.
    private static let shells: Set<String> = [
        "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "csh", "tcsh",
    ]

    /// The numbers, from 1, of the arguments that a shell would read as a program and that have `{name}` in them.
    ///
    /// A name is text of whoever owns the account: within a program it would be a part of the program. A shell is found wherever it
    /// stands in a command line, as in `env bash -c …`.
    static func commandsWithNames(_ words: [String]) -> [Int] {
        var found: [Int] = []
        for (place, word) in words.enumerated() where shells.contains(lastPart(word)) {
            guard let command = command(of: words, after: place), !found.contains(command) else { continue }
            if ArgumentTemplate(words[command]).words.contains(.name) { found.append(command) }
        }
        return found
    }

    /// Where the program is that the shell at a place is given with `-c`; nil where it is given none.
    private static func command(of words: [String], after shell: Int) -> Int? {
        var takesCommand = false
        var place = shell + 1
        while place < words.count, words[place].hasPrefix("-") || words[place].hasPrefix("+") {
            if Self.takesCommand(words[place]) { takesCommand = true }
            // The option o has a value: sh -o errexit -c …
            place += words[place].lowercased().hasSuffix("o") ? 2 : 1
        }
        return takesCommand && place < words.count ? place : nil
    }

    /// Whether an option of a shell is `-c`, alone or among others, as in `-ec`.
    private static func takesCommand(_ option: String) -> Bool {
        option == "--command" || option.hasPrefix("-") && !option.hasPrefix("--") && option.contains("c")
    }

    private static func lastPart(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }
}

extension ProgramSpecification {
    /// The arguments for a target.
    ///
    /// - Throws: which argument cannot be made, and why; completes the sentence "the program could not be started: …".
    public func arguments(
        _ values: (ArgumentTemplate.Word) -> String?
    ) throws(ArgumentTemplate.Problem) -> [String] {
        guard settings?.fillsTemplates == true else { return arguments }
        var filled: [String] = []
        filled.reserveCapacity(arguments.count)
        for (index, argument) in arguments.enumerated() {
            do {
                filled.append(try ArgumentTemplate(argument).filled(values))
            } catch {
                throw ArgumentTemplate.Problem(reason: "its argument \(index + 1) \(error.reason)")
            }
        }
        return filled
    }

    /// What is wrong with its settings, in sentences.
    package var settingProblems: [String] {
        guard let settings else { return [] }
        var found = settings.notUnderstood.map {
            "the setting of the program \"\($0)\" is not known here: leave it out, or upgrade the coordinator and its workers"
        }
        if let limit = settings.memoryLimit, !ProgramSettings.memoryLimits.contains(limit) {
            let range = ProgramSettings.memoryLimits
            found.append(
                "memory-limit is \(limit) bytes: expected \(ByteCount(range.lowerBound)) to \(ByteCount(range.upperBound))"
            )
        }
        if settings.folder == .caller, workingDirectory == nil {
            found.append(
                "the program is to run in the caller's folder, and no folder was named: run it in the task's own")
        }
        if settings.fillsTemplates {
            for number in ArgumentTemplate.commandsWithNames([program] + arguments) {
                found.append(
                    "argument \(number) is a program for a shell and has {name} in it: an account's name, which others choose, "
                        + "would become a part of that program; hand it over as an argument of its own "
                        + "(sh -c 'echo \"$1\"' sh {name}), or leave templates out with --no-templates")
            }
        }
        return found
    }
}
