// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

@Suite(.enabled(if: BotocoreSource.folder != nil, "COVE_BOTOCORE does not name botocore's source distribution"))
struct ProtocolInputSuiteTests {
    @Test(arguments: ProtocolSuite.files(of: "input"))
    func `every input is written as its protocol wants it`(file: String) throws {
        let (cases, skipped) = try ProtocolSuite.cases(of: "input", file)
        for testCase in cases { try check(testCase) }
        SuiteCount.tell("protocols/\(file)", run: cases.count, skipped: skipped)
    }

    private func check(_ testCase: ProtocolSuite.Case) throws {
        let title = Comment(rawValue: testCase.title)
        let expected = testCase.value["serialized"]
        // As in botocore's runner: JSON has no infinity, so the suite writes words.
        let input = (testCase.value["params"].structure ?? AWSMembers()).reduce(into: AWSMembers()) { input, member in
            let isWord = ["Infinity", "-Infinity", "NaN"].contains(member.value.string)
            input[member.name] = isWord ? .double(WireText.number(member.value.string ?? "") ?? 0) : member.value
        }
        let request: RequestParts
        let operation = testCase.operation
        do {
            request = try RequestParts.make(
                operation, testCase.metadata, input, requestURI: operation.requestURI, hostPrefix: operation.hostPrefix)
        } catch {
            Issue.record("\(testCase.title): \(error)")
            return
        }
        if let method = expected["method"].string { #expect(request.method == method, title) }
        let query = String(decoding: request.query.bytes, as: UTF8.self)
        let uri = expected["uri"].string ?? "/"
        let parts = uri.split(separator: "?", maxSplits: 1).map(String.init)
        #expect(request.path == parts.first ?? "/", title)
        #expect(Self.fields(query) == Self.fields(parts.count > 1 ? parts[1] : ""), title)
        for header in expected["headers"].structure ?? AWSMembers() {
            try check(header.name, header.value.string ?? "", request, testCase)
        }
        for name in expected["forbidHeaders"].list ?? [] {
            #expect(request.headers[name.string ?? ""] == nil, title)
        }
        if let host = expected["host"].string {
            let own = String((testCase.endpoint ?? "").split(separator: "/").dropFirst().first ?? "")
            #expect((request.hostPrefix ?? "") + own == host, title)
        }
        if let body = expected["body"].string { try check(request.body, body, testCase) }
    }

    private func check(
        _ name: String, _ value: String, _ request: RequestParts, _ testCase: ProtocolSuite.Case
    ) throws {
        let title = Comment(rawValue: "\(testCase.title): header \(name)")
        if name.lowercased() == "content-type" {
            // As in botocore's runner: the type of a form has its charset, and that of a body of one blob or text is not set.
            if testCase.metadata.wire == .query || testCase.metadata.wire == .ec2 {
                let charset = "; charset=utf-8"
                #expect(request.headers[name] == (value.hasSuffix(charset) ? value : value + charset), title)
                return
            }
            if testCase.metadata.wire == .restXML || value != "application/json" && testCase.metadata.wire == .restJSON
            {
                return
            }
        }
        let spaced = request.headers[name]?.split(separator: ",").map { $0.drop { $0 == " " } }.joined(separator: ",")
        #expect(spaced == value.split(separator: ",").map { $0.drop { $0 == " " } }.joined(separator: ","), title)
    }

    private func check(_ body: [UInt8], _ expected: String, _ testCase: ProtocolSuite.Case) throws {
        let title = Comment(rawValue: testCase.title)
        let text = String(decoding: body, as: UTF8.self)
        switch testCase.metadata.wire {
        case .query, .ec2: #expect(Self.fields(text) == Self.fields(expected), title)
        case .cbor:
            let wanted = try #require(Base64.decode(expected))
            if body.isEmpty || wanted.isEmpty {
                #expect(body == wanted, title)
            } else {
                let found = try CBORReader.read(body)
                let value = try CBORReader.read(wanted)
                #expect(found.isSame(as: value) || found.jsonText() == value.jsonText(), title)
            }
        case .json, .restJSON:
            guard let value = try? JSONReader.read(Array(expected.utf8)), !body.isEmpty else {
                #expect(text == expected, title)
                return
            }
            let found = try JSONReader.read(body)
            #expect(AWSValue(json: found).isSame(as: AWSValue(json: value)), "\(testCase.title): \(text)")
        case .restXML:
            guard !expected.isEmpty, let wanted = try? XMLReader.read(Array(expected.utf8)) else {
                #expect(text == expected, title)
                return
            }
            #expect(Self.plain(try XMLReader.read(body)) == Self.plain(wanted), "\(testCase.title): \(text)")
        }
    }

    private static func fields(_ form: String) -> [String] { form.split(separator: "&").map(String.init).sorted() }

    /// An element without the order of its attributes, and of its children, which C2J models leave open.
    private static func plain(_ element: XMLElement) -> String {
        let attributes = element.attributes.map { "\($0.name)=\($0.value)" }.sorted().joined(separator: " ")
        let text = element.children.isEmpty ? element.text.trimmingCharacters(in: .whitespacesAndNewlines) : ""
        return "<\(element.name) \(attributes)>\(text)\(element.children.map(plain).sorted().joined())</>"
    }
}
