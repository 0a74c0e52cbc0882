// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import FoundationEssentials
import Testing

/// The examples of docs/protocol.md are what is spoken.
@Suite struct ProtocolDocumentTests {
    private struct Example: CustomTestStringConvertible, Sendable {
        var line: Int
        /// The type that the fence names; empty for a whole frame.
        var type: String
        var text: String

        var testDescription: String { "line \(line): \(text.prefix(60))" }
    }

    /// The examples of fenced blocks `json`, `json Type` and `transcript`.
    private static let examples: [Example] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let bytes = (try? Data(contentsOf: root.appending(path: "docs/protocol.md"))) ?? Data()
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        var examples: [Example] = []
        var fence: Substring?
        for (number, line) in lines.enumerated() {
            guard line.hasPrefix("```") else {
                if let fence, fence.hasPrefix("json") {
                    let type = fence.dropFirst(4).drop { $0 == " " }
                    examples.append(Example(line: number + 1, type: String(type), text: String(line)))
                } else if fence == "transcript" {
                    examples.append(Example(line: number + 1, type: "", text: String(line.dropFirst(2))))
                }
                continue
            }
            fence = fence == nil ? line.dropFirst(3) : nil
        }
        return examples
    }()

    private struct Frame: Decodable {
        let type: String
    }

    /// The text that a value has which was read from a text.
    private static func again<Value: Codable>(_ type: Value.Type, _ text: String) throws -> String {
        try MessageForm.text(MessageForm.value(type, text))
    }

    private static func again(_ example: Example) throws -> String {
        let text = example.text
        switch example.type {
        case "": break
        case "Failure": return try again(Failure.self, text)
        case "ProgramSettings": return try again(ProgramSettings.self, text)
        case "PythonSpecification": return try again(PythonSpecification.self, text)
        case "StopReason": return try again(StopReason.self, text)
        default: throw Unknown(type: example.type)
        }
        let type = try MessageForm.value(Frame.self, text).type
        switch type {
        case "greeting": return try again(Greeting.self, text)
        case "introduction": return try again(Introduction.self, text)
        case "acceptance": return try again(Acceptance.self, text)
        case "refusal": return try again(RefusalFrame.self, text)
        case "problem": return try again(Problem.self, text)
        case "chunk": return try again(Chunk.self, text)
        case let type where WorkerMessage.types.contains(type): return try again(WorkerMessage.self, text)
        case let type where CoordinatorMessage.types.contains(type): return try again(CoordinatorMessage.self, text)
        case let type where ClientMessage.types.contains(type): return try again(ClientMessage.self, text)
        case let type where ReplyMessage.types.contains(type): return try again(ReplyMessage.self, text)
        default: throw Unknown(type: type)
        }
    }

    private struct Unknown: Error {
        let type: String
    }

    /// A text's values, with sorted keys, however it is written.
    private static func sorted(_ text: String) throws -> String {
        try MessageForm.text(MessageForm.value(Value.self, text))
    }

    /// Any JSON value.
    private enum Value: Codable {
        case null, bool(Bool), integer(Int64), text(String), list([Value]), object([String: Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Int64.self) {
                self = .integer(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode([Value].self) {
                self = .list(value)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .null: try container.encodeNil()
            case .bool(let value): try container.encode(value)
            case .integer(let value): try container.encode(value)
            case .text(let value): try container.encode(value)
            case .list(let value): try container.encode(value)
            case .object(let value): try container.encode(value)
            }
        }
    }

    @Test func `the document is there, with its examples`() {
        #expect(Self.examples.count > 60)
    }

    @Test(arguments: examples) private func `an example is read and written back as it stands`(example: Example) throws
    {
        #expect(try Self.again(example) == Self.sorted(example.text))
    }

    @Test func `every message, request and reply has an example`() throws {
        struct Words: Decodable {
            let type: String
            let call: String?
            let kind: String?
        }
        let words = try Self.examples.filter { $0.type.isEmpty }.map { try MessageForm.value(Words.self, $0.text) }
        let types = Set(words.map(\.type))
        #expect(WorkerMessage.types.union(CoordinatorMessage.types).subtracting(types) == [])
        #expect(
            types.isSuperset(of: [
                "greeting", "introduction", "acceptance", "refusal", "problem", "chunk", "request", "reply",
            ]))
        #expect(
            Set(words.compactMap(\.call))
                == [
                    "runs", "run", "tasks", "outcomes", "skippedAccounts", "snapshot", "workers", "submit", "plan",
                    "resume", "retry", "cancel", "forget", "artefact", "artefactPart", "submitWithSettings",
                ])
        #expect(
            Set(words.compactMap(\.kind))
                == [
                    "runs", "run", "tasks", "outcomes", "skippedAccounts", "snapshot", "workers", "plan", "retried",
                    "done", "failure", "artefact",
                ])
    }
}
