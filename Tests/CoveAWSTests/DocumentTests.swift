// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

struct DocumentTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `every example of the document stands in the program that CI builds and runs`() throws {
        let document = try String(contentsOf: Self.root.appendingPathComponent("docs/aws-client.md"), encoding: .utf8)
        let program = try String(
            contentsOf: Self.root.appendingPathComponent("Examples/AWSClient/Sources/AWSClient/AWSClient.swift"),
            encoding: .utf8)
        let examples = document.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(examples.count >= 7)
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
