// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

/// The compliance suite of JMESPath (`COVE_VECTORS`, folder `jmespath`): every case, none left out.
@Suite(.enabled(if: JMESPathSuite.folder != nil, "COVE_VECTORS does not name the folder of the test vectors"))
struct JMESPathSuiteTests {
    @Test(arguments: JMESPathSuite.files)
    func `every case of a file comes out as it says`(file: String) throws {
        let folder = try #require(JMESPathSuite.folder)
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)")))
        var count = 0
        for group in try #require(AWSValue(json: try JSONReader.read(bytes)).list) {
            for testCase in try #require(group["cases"].list) {
                try check(testCase, in: group["given"], file)
                count += 1
            }
        }
        print("jmespath/\(file): \(count) cases")
        #expect(count >= JMESPathSuite.fewest[file] ?? 1, "cases went missing from \(file)")
    }

    private func check(_ testCase: AWSValue, in given: AWSValue, _ file: String) throws {
        let text = try #require(testCase["expression"].string)
        if testCase.structure?["bench"] != nil {
            _ = try JMESPath(text).search(given)
            return
        }
        do throws(JMESPathError) {
            let found = try JMESPath(text).search(given)
            guard testCase["error"].isNull else {
                Issue.record("\(file): \(text): found \(found.jsonText()), expected the error \(testCase["error"])")
                return
            }
            #expect(
                found.isSame(as: testCase["result"]),
                "\(file): \(text): found \(found.jsonText()), expected \(testCase["result"].jsonText())")
        } catch {
            #expect(error.code.rawValue == testCase["error"].string, "\(file): \(text): \(error)")
        }
    }
}

/// Where the suite lies and how many cases each of its files has at least.
enum JMESPathSuite {
    static let folder = ProcessInfo.processInfo.environment["COVE_VECTORS"].map { $0 + "/jmespath" }
    static let fewest = [
        "basic.json": 18, "benchmarks.json": 16, "boolean.json": 60, "current.json": 3, "escape.json": 8,
        "filters.json": 88, "functions.json": 175, "identifiers.json": 125, "indices.json": 59, "literal.json": 41,
        "multiselect.json": 53, "pipe.json": 17, "slice.json": 41, "syntax.json": 135, "unicode.json": 4,
        "wildcard.json": 65,
    ]
    static var files: [String] {
        guard let folder, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
        return names.filter { $0.hasSuffix(".json") }.sorted()
    }
}
