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
        SuiteCount.tell("jmespath/\(file)", run: count)
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

/// Where the suite lies.
enum JMESPathSuite {
    static let folder = ProcessInfo.processInfo.environment["COVE_VECTORS"].map { $0 + "/jmespath" }
    static var files: [String] {
        guard let folder, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
        return names.filter { $0.hasSuffix(".json") }.sorted()
    }
}
