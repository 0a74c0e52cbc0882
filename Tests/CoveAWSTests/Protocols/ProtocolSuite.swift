// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

/// The protocol tests that botocore ships (its source distribution, `tests/unit/protocols`).
enum ProtocolSuite {
    struct Case {
        var title: String
        var metadata: ServiceMetadata
        var operation: OperationModel
        var value: AWSValue
        var endpoint: String?
    }

    /// The cases of one file; those that botocore's own runner ignores are counted, not returned.
    static func cases(of direction: String, _ file: String) throws -> (run: [Case], skipped: Int) {
        let ignored = try BotocoreSource.json("tests/unit/protocols/protocol-tests-ignore-list.json")
        let name = String((file.split(separator: "/").last ?? "").dropLast(5))
        let suitesOut = Set(ignored["general"][direction]["suites"].list?.compactMap(\.string) ?? [])
        let casesOut = Set(ignored["protocols"][name][direction]["cases"].list?.compactMap(\.string) ?? [])
        var run: [Case] = []
        var skipped = 0
        for suite in try #require(try BotocoreSource.json("tests/unit/protocols/\(file)").list) {
            for testCase in suite["cases"].list ?? [] {
                let id = testCase["id"].string ?? ""
                let description = suite["description"].string ?? ""
                if suitesOut.contains(description) || casesOut.contains(id) {
                    skipped += 1
                    continue
                }
                let operation = testCase["given"]["name"].string ?? "OperationName"
                var given = testCase["given"].structure ?? AWSMembers()
                if direction == "output", var output = given["output"]?.structure,
                    suite["metadata"]["protocol"] == "query"
                {
                    output["resultWrapper"] = .string(operation + "Result")
                    given["output"] = .structure(output)
                }
                // Every type of the suite that is an error may be answered.
                let errors = (suite["shapes"].structure ?? AWSMembers()).filter { $0.value["exception"].bool ?? false }
                given["errors"] = .list(errors.map { ["shape": .string($0.name)] })
                let document: AWSValue = [
                    "metadata": suite["metadata"], "shapes": suite["shapes"],
                    "operations": AWSValue(dictionaryLiteral: (operation, .structure(given))),
                ]
                let model = try ServiceModel(name: name, Array(document.jsonText().utf8))
                run.append(
                    Case(
                        title: "\(file): \(id.isEmpty ? description : id)", metadata: model.metadata,
                        operation: try #require(try model.operation(operation)), value: testCase,
                        endpoint: suite["clientEndpoint"].string))
            }
        }
        return (run, skipped)
    }

    /// The files of a direction by their path in the suite, with those of the cases that are older than Smithy.
    static func files(of direction: String) -> [String] {
        guard let folder = BotocoreSource.folder else { return [] }
        return [direction, "legacy/" + direction].flatMap { place in
            let names = try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/tests/unit/protocols/\(place)")
            return (names ?? []).filter { $0.hasSuffix(".json") }.sorted().map { "\(place)/\($0)" }
        }
    }
}
