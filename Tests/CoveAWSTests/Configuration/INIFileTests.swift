// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

@Suite struct `An INI file` {
    private func sections(_ text: String) throws -> [String: [String: String]] {
        Dictionary(uniqueKeysWithValues: try INIFile(parsing: text).sections.map { ($0.name, $0.options) })
    }

    @Test func `has sections with options in lower case`() throws {
        let found = try sections("[default]\nRegion = eu-west-1\noutput: json\n\n[profile x y]\na=b=c\n")
        #expect(found == ["default": ["region": "eu-west-1", "output": "json"], "profile x y": ["a": "b=c"]])
    }

    @Test func `keeps a comment that stands behind a value`() throws {
        let found = try sections("# first\n[a] ; tail\nkey = value # not a comment\n  ; in between\n  more\n")
        #expect(found == ["a": ["key": "value # not a comment\nmore"]])
    }

    @Test(arguments: ["\n", "\r\n", "\r"]) func `ends its lines in any way`(end: String) throws {
        let found = try sections(["[a]", "b = 1", "", "c = 2"].joined(separator: end))
        #expect(found == ["a": ["b": "1", "c": "2"]])
    }

    @Test func `may begin with a byte order mark, other than for Python`() throws {
        #expect(try sections("\u{FEFF}[a]\nb = 1") == ["a": ["b": "1"]])
    }

    @Test(arguments: [
        ("a = 1", "line 1: an option before the first [section]"),
        ("[a]\nb = 1\n[c]\n[a]", "line 4: the section [a] stands twice"),
        ("[a]\nb = 1\nB = 2", "line 3: the option b stands twice in [a]"),
    ])
    func `names the line that is wrong`(text: String, problem: String) {
        #expect(throws: INIError(problems: [problem])) { try INIFile(parsing: text) }
    }

    @Test func `names all lines that are neither section nor option, without their text`() {
        let text = "[a]\nhunter2\nb = 1\n= x\n"
        #expect(
            throws: INIError(problems: [
                "line 2: neither a [section] nor an option (name = value)", "line 4: an option without a name",
            ])
        ) { try INIFile(parsing: text) }
    }

    @Test(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
    func `means what it means to botocore, for 3,000 random files`() throws {
        struct Answer: Decodable {
            var sections: [String: [String: Value]]?
            var error: String?
        }
        enum Value: Decodable, Equatable {
            case text(String)
            case block([String: String])

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let text = try? container.decode(String.self) {
                    self = .text(text)
                } else {
                    self = .block(try container.decode([String: String].self))
                }
            }
        }
        var random = SeededGenerator(seed: 2)
        let texts = (0..<3000).map { _ in Self.randomFile(&random) }
        let answers = try BotocoreReference.answers(
            Answer.self, to: texts.map { BotocoreReference.Case(kind: "ini", text: $0) })
        var refused = 0
        for (text, answer) in zip(texts, answers) {
            var problems: [String] = []
            let files = ConfigurationFiles.table(["f": text])
            let found = SharedConfiguration.sections(of: "f", files: files, problems: &problems)
            guard let expected = answer.sections else {
                refused += 1
                #expect(!problems.isEmpty, "\(text.debugDescription) should be refused: \(answer.error ?? "")")
                continue
            }
            let ours = found.map { section in
                (
                    section.name,
                    section.profile.settings.mapValues { $0.text.map(Value.text) ?? Self.block($0, Value.block) }
                )
            }
            #expect(problems.isEmpty, "\(text.debugDescription)")
            #expect(Dictionary(uniqueKeysWithValues: ours) == expected, "\(text.debugDescription)")
        }
        print("INI files: \(texts.count) compared, \(refused) of them refused by both")
        #expect(refused > 300 && refused < 2700)
    }

    private static func block<Value>(_ value: ConfigurationValue, _ make: ([String: String]) -> Value) -> Value {
        guard case .block(let block) = value else { return make([:]) }
        return make(block)
    }

    private static func randomFile(_ random: inout SeededGenerator) -> String {
        let pieces = [
            "[a]", "[b]", "[default]", "[profile x]", "[DEFAULT]", "[]", "[x]]y", "[ a ]", "k = v", "k2=v", "K3 : w",
            "  more",
            "\tmore = 1", "services =", "  sts =", "    endpoint_url = u", "# c", "  ; c", "", "   ", "= v", "k4 =",
            "noise",
            "k5 = a = b : c", " k6 = x", "k7\u{A0}= \u{3000}y\u{A0}", "[z] tail ]", "é = ü", "k8 = \"q\"", "k9 = v # c",
            "\u{1C}k10 = \u{1F} v", "İ = 1", "k11 = a\u{2028}b",
        ]
        let ends = ["\n", "\n", "\n", "\r\n", "\r"]
        var text = Bool.random(using: &random) ? "[start]\n" : ""
        for _ in 0..<Int.random(in: 0...7, using: &random) {
            text += (pieces.randomElement(using: &random) ?? "") + (ends.randomElement(using: &random) ?? "\n")
        }
        return text
    }

    @Test func `that is damaged is read or refused, never a crash (20,000 inputs)`() throws {
        let seed =
            Array(
                "[default]\r\nregion = eu-west-1\n  more\n[profile \"a b\"]\naws_access_key_id = AKIA\nservices = s\n"
                    .utf8
            ) + Array("[services s]\nsts =\n  endpoint_url = http://x\n# comment\n\u{FEFF}é = \u{3000}\n".utf8)
        var random = SeededGenerator(seed: 7)
        var read = 0
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(Array("[]=:\n\r \"'\\#".utf8).randomElement(using: &random) ?? 0, at: place)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + 5))
                default: bytes += bytes[place..<min(bytes.count, place + 40)]
                }
            }
            let input = bytes
            let files = ConfigurationFiles(read: { $0 == "f" ? input : nil }, home: { _ in nil })
            var problems: [String] = []
            let found = SharedConfiguration(environment: ["AWS_CONFIG_FILE": "f"], files: files, problems: &problems)
            #expect(problems.count <= 10)
            #expect(problems.allSatisfy { $0.utf8.count < 1000 })
            if problems.isEmpty { read += found.configProfiles.isEmpty ? 0 : 1 }
        }
        print("damaged INI files: 20,000 inputs, \(read) still held a profile")
        #expect(read > 1000 && read < 19_000)
    }

    @Test func `of 16 MiB is read, and one byte more is refused`() throws {
        let largest = ConfigurationFiles.largestFile
        for (size, problem) in [(largest, nil), (largest + 1, "it is larger than 16 MiB")] {
            let head = Array("[default]\nregion = x\n#".utf8)
            let bytes = head + [UInt8](repeating: UInt8(ascii: "a"), count: size - head.count)
            let files = ConfigurationFiles(read: { $0 == "f" ? bytes : nil }, home: { _ in nil })
            var problems: [String] = []
            let found = SharedConfiguration(environment: ["AWS_CONFIG_FILE": "f"], files: files, problems: &problems)
            #expect(problems == (problem.map { ["Unable to read config file: f: \($0)"] } ?? []))
            #expect((found.profiles["default"] != nil) == (problem == nil))
        }
    }

    @Test func `that is not UTF-8 is refused by name`() throws {
        let files = ConfigurationFiles(read: { $0 == "f" ? [0x5B, 0xFF] : nil }, home: { _ in nil })
        let error = try #require(throws: AWSError.self) {
            try AWSConfiguration.resolve(environment: ["AWS_CONFIG_FILE": "f"], files: files)
        }
        #expect(error.message == "Unable to read config file: f: it is not valid UTF-8")
    }
}

@Suite struct `Shell words` {
    @Test(
        .enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
    func `are those of Python's shlex, for 3,000 random texts`() throws {
        struct Answer: Decodable {
            var words: [String]?
        }
        var random = SeededGenerator(seed: 11)
        let pieces = ["a", "b c", " ", "\"", "'", "\\", "\t", "\n", "x=\"y\"", "''", "é", "|", "$HOME", "~"]
        let texts = (0..<3000).map { _ in
            (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        }
        let answers = try BotocoreReference.answers(
            Answer.self, to: texts.map { BotocoreReference.Case(kind: "words", text: $0) })
        for (text, answer) in zip(texts, answers) {
            #expect((try? ShellWords.split(text)) == answer.words, "\(text.debugDescription)")
        }
        #expect(answers.filter { $0.words == nil }.count > 100)
    }

    @Test func `are kept together by quotes`() throws {
        #expect(try ShellWords.split(#"profile "a b" 'c "d"' e\ f """#) == ["profile", "a b", #"c "d""#, "e f", ""])
        #expect(throws: ShellWords.Problem.openQuote) { try ShellWords.split("a 'b") }
        #expect(throws: ShellWords.Problem.openEscape) { try ShellWords.split("a\\") }
    }
}
