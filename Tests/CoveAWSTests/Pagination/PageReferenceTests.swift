// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Foundation
import Testing

@testable import CoveAWS

/// Random listings, turned page by page here and by botocore: the same requests, pages, wholes and tokens.
@Suite(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
struct PageReferenceTests {
    @Test func `listings are turned as botocore turns them`() throws {
        var generator = CoveTestSupport.SeededGenerator(seed: 2_026_11_25)
        var listings = (0..<1_500).map { _ in Listing.random(using: &generator) }
        // What was cut off is gone on with, by botocore's own tokens, until there is nothing left.
        for round in 0..<4 {
            let answers = try Self.answers(to: listings)
            var next: [Listing] = []
            for (listing, answer) in zip(listings, answers) {
                #expect(try listing.walk() == answer, "round \(round): \(listing.value.jsonText())")
                guard let token = answer.resume else { continue }
                var rest = listing
                rest.options["StartingToken"] = .string(token)
                next.append(rest)
            }
            listings = next
            if round == 0 { #expect(next.count > 100) }
        }
    }

    private static func answers(to listings: [Listing]) throws -> [Listing.Answer] {
        let folder = try TestFolder()
        let question = try folder.write("cases.json", AWSValue.list(listings.map(\.value)).jsonText())
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("pages_reference.py")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BotocoreReference.interpreter ?? "")
        process.arguments = [script.path, question, folder.file("answers.json")]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode([Listing.Answer].self, from: Data(try folder.text("answers.json").utf8))
    }
}

/// A service that lists something, and what is asked of it.
struct Listing {
    /// What became of a listing; an error says only that there was one.
    struct Answer: Decodable, Equatable {
        var requests: [String]
        var pages: [String]
        var resume: String?
        var full: String?
        var error: String?

        static func == (left: Answer, right: Answer) -> Bool {
            left.requests == right.requests && left.pages == right.pages && left.resume == right.resume
                && left.full == right.full && (left.error == nil) == (right.error == nil)
        }
    }

    var paginator: AWSValue
    var pages: [(tokens: AWSMembers, page: AWSValue)]
    var input: AWSMembers
    var options: AWSMembers
    var sizeType: String

    var value: AWSValue {
        [
            "paginator": paginator, "input": .structure(input), "options": .structure(options),
            "sizeType": .string(sizeType),
            "pages": .list(pages.map { ["tokens": .structure($0.tokens), "page": $0.page] }),
        ]
    }

    /// What becomes of the listing here.
    func walk() throws -> Answer {
        var answer = Answer(requests: [], pages: [])
        do {
            let document: AWSValue = ["pagination": ["List": paginator]]
            let paginators = try Paginator.all(in: document.json, of: "service")
            let paginator = try #require(paginators["List"])
            var walk = try PageWalk(
                paginator, of: try operation(), input,
                PageOptions(
                    pageSize: options["PageSize"]?.integer.map { Int($0) },
                    limit: options["MaxItems"]?.integer.map { Int($0) },
                    startingToken: options["StartingToken"]?.string))
            var merge = PageMerge(paginator)
            while let request = try walk.request {
                answer.requests.append(AWSValue.structure(request).jsonText())
                let names = self.paginator["input_token"].list?.compactMap(\.string) ?? []
                var asked = AWSMembers()
                for name in names { asked[name] = request[name] }
                // A service that is asked for what it has not refuses.
                guard let found = pages.first(where: { $0.tokens == asked }) else {
                    throw AWSError(.service, code: "InvalidToken", message: "there is no such page")
                }
                let page = try walk.take(found.page)
                answer.pages.append(page.jsonText())
                try merge.add(page)
            }
            answer.resume = walk.resumption?.text
            answer.full = merge.whole(after: walk).jsonText()
        } catch let error as AWSError {
            answer.error = error.code
        }
        return answer
    }

    private func operation() throws -> OperationModel {
        let document: AWSValue = [
            "metadata": ["protocol": "json"],
            "operations": ["List": ["name": "List", "input": ["shape": "In"]]],
            "shapes": [
                "In": ["type": "structure", "members": ["Size": ["shape": "Size"]]],
                "Size": ["type": .string(sizeType)],
            ],
        ]
        return try #require(try ServiceModel(name: "service", document.json).operation("List"))
    }
}

// MARK: - Chance

extension Listing {
    static func random(using generator: inout some RandomNumberGenerator) -> Listing {
        let shape = Shape(using: &generator)
        let count = Int.random(in: 1...5, using: &generator)
        var pages: [(tokens: AWSMembers, page: AWSValue)] = []
        var tokens = AWSMembers()
        for index in 0..<count {
            var page = shape.page(using: &generator)
            // Now and then a token comes again, and the listing would not end.
            let repeats = Int.random(in: 0..<40, using: &generator) == 0 && index > 0
            let next = index + 1 < count ? shape.tokens(repeats ? index : index + 1, using: &generator) : AWSMembers()
            for (name, path) in zip(shape.inputs, shape.outputs) {
                if let token = next[name] {
                    page.set(token, at: path)
                } else if Bool.random(using: &generator) {
                    page.set([.null, "", []].randomElement(using: &generator) ?? .null, at: path)
                }
            }
            if shape.hasMore { page.set(.bool(index + 1 < count), at: "More") }
            pages.append((tokens, page))
            tokens = next
        }
        var options = AWSMembers()
        if Int.random(in: 0..<3, using: &generator) > 0 {
            options["MaxItems"] = .integer(Int64.random(in: 1...9, using: &generator))
        }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            options["PageSize"] = .integer(Int64.random(in: 1...5, using: &generator))
        }
        var input: AWSMembers = AWSMembers()
        if Bool.random(using: &generator) { input["Path"] = "/ü" }
        return Listing(
            paginator: shape.paginator, pages: pages, input: input, options: options,
            sizeType: Bool.random(using: &generator) ? "integer" : "string")
    }

    /// What the pages of a listing look like.
    private struct Shape {
        var inputs: [String]
        var outputs: [String]
        var results: [(path: String, kind: Int)]
        var fixed: [String]
        var hasMore: Bool
        var hasSize: Bool

        init(using generator: inout some RandomNumberGenerator) {
            let nested = Bool.random(using: &generator) ? "Listing." : ""
            inputs = Bool.random(using: &generator) ? ["Marker"] : ["NameMarker", "IdMarker"]
            outputs = inputs.map { nested + "Next" + $0 }
            results = [(nested + "Items", Int.random(in: 0..<8, using: &generator) == 0 ? 1 : 0)]
            for (index, kind) in [0, 1, 2, 3].enumerated() where Int.random(in: 0..<3, using: &generator) == 0 {
                results.append((nested + "Extra\(index)", kind))
            }
            fixed = ["\(nested)Name", "Owner"].filter { _ in Bool.random(using: &generator) }
            hasMore = Bool.random(using: &generator)
            hasSize = Int.random(in: 0..<5, using: &generator) > 0
        }

        var paginator: AWSValue {
            var value: AWSValue = [
                "input_token": .list(inputs.map { .string($0) }), "output_token": .list(outputs.map { .string($0) }),
                "result_key": .list(results.map { .string($0.path) }),
                "non_aggregate_keys": .list(fixed.map { .string($0) }),
            ]
            if hasMore { value.set("More", at: "more_results") }
            if hasSize { value.set("Size", at: "limit_key") }
            return value
        }

        func tokens(_ index: Int, using generator: inout some RandomNumberGenerator) -> AWSMembers {
            var tokens = AWSMembers()
            tokens[inputs[0]] =
                index % 2 == 0 ? .string("täken-\(index)") : ["key": .integer(Int64(index)), "b": [1.5]]
            if inputs.count > 1, Bool.random(using: &generator) { tokens[inputs[1]] = .integer(Int64(index)) }
            return tokens
        }

        func page(using generator: inout some RandomNumberGenerator) -> AWSValue {
            var page = AWSValue.structure(AWSMembers())
            for (path, kind) in results where Int.random(in: 0..<6, using: &generator) > 0 {
                let count = Int.random(in: 0...4, using: &generator)
                let value: AWSValue =
                    switch kind {
                    case 0: .list((0..<count).map { ["Id": .integer(Int64($0)), "Name": "n\($0)"] })
                    case 1: .string(String("aé😀zq".prefix(count)))
                    case 2: .integer(Int64(count))
                    default: .double(Double(count) + 0.25)
                    }
                page.set(value, at: path)
            }
            for path in fixed where Bool.random(using: &generator) {
                page.set(Bool.random(using: &generator) ? "same" : ["a": 1], at: path)
            }
            return page
        }
    }
}
