// SPDX-License-Identifier: Apache-2.0

import Foundation

/// botocore itself, asked what it makes of the same input.
enum BotocoreReference {
    /// The interpreter that the environment names, one that has botocore.
    static var interpreter: String? { ProcessInfo.processInfo.environment["COVE_PYTHON"] }
    static let skipped = "COVE_PYTHON names no Python interpreter that has botocore"

    /// The folder of the interpreter's botocore that holds service models.
    static var data: String {
        let library = URL(fileURLWithPath: interpreter ?? "/bin/python").deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("lib")
        let pythons = (try? FileManager.default.contentsOfDirectory(atPath: library.path)) ?? []
        let folders = pythons.map { library.appendingPathComponent($0 + "/site-packages/botocore/data").path }
        return folders.first { FileManager.default.fileExists(atPath: $0) } ?? "there is no botocore"
    }

    struct Case: Encodable {
        var kind: String
        var text: String?
        var environment: [String: String]?
        var files: [String: String]?
        var profile: String?
        var region: String?
    }

    /// One answer to each case.
    static func answers<Answer: Decodable>(_ type: Answer.Type, to cases: [Case]) throws -> [Answer] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let question = folder.appendingPathComponent("cases.json")
        let answer = folder.appendingPathComponent("answers.json")
        try JSONEncoder().encode(cases).write(to: question)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("botocore_reference.py")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter ?? "")
        process.arguments = [script.path, question.path, answer.path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
        let output = try JSONDecoder().decode(Output<Answer>.self, from: Data(contentsOf: answer))
        print("botocore \(output.botocore) answered \(output.answers.count) cases")
        return output.answers
    }

    private struct Output<Answer: Decodable>: Decodable {
        var botocore: String
        var answers: [Answer]
    }

    struct Failure: Error {
        var status: Int32
    }
}

/// A small generator of random numbers (SplitMix64), so that a failing input can be made again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
