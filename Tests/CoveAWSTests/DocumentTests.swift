// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

struct DocumentTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(arguments: [
        ("docs/aws-client.md", ["Examples/AWSClient/AWSClient.swift"], 7),
        ("docs/swift.md", ["Examples/Audit/Functions.swift", "Examples/Audit/Audit.swift"], 3),
    ])
    func `every example of a document stands in the program that CI builds and runs`(
        _ document: String, _ files: [String], _ count: Int
    ) throws {
        func text(_ path: String) throws -> String {
            try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
        }
        let program = try files.map { try text($0) }.joined()
        let examples = try text(document).components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(examples.count >= count)
        for example in examples { #expect(program.contains(example), "\(example)") }
    }

    @Test func `every quirk has its file in the folder that the document names`() throws {
        let folder = Self.root.appendingPathComponent("Sources/CoveAWS/Calls/Quirks")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.count > 20)
        let table = try String(contentsOf: folder.appendingPathComponent("Quirks.swift"), encoding: .utf8)
        for file in files where file != "Quirks.swift" && file != "CrossRegionCopy.swift" {
            #expect(table.contains("\(file.dropLast(6))("), "\(file)")
        }
    }
}
