// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

@Suite(.enabled(if: BotocoreSource.folder != nil, "COVE_BOTOCORE does not name botocore's source distribution"))
struct ProtocolOutputSuiteTests {
    @Test(arguments: ProtocolSuite.files(of: "output"))
    func `every answer is read as its protocol wants it`(file: String) throws {
        let (all, ignored) = try ProtocolSuite.cases(of: "output", file)
        let cases = all.filter { !isEventStream($0.operation) }
        for testCase in cases {
            do { try check(testCase) } catch { Issue.record("\(testCase.title): \(error)") }
        }
        SuiteCount.tell("protocols/\(file)", run: cases.count, skipped: ignored + all.count - cases.count)
    }

    /// Whether the answer is a stream of events, which Cove refuses before it calls the operation.
    private func isEventStream(_ operation: OperationModel) -> Bool {
        guard let output = operation.output else { return false }
        return operation.graph[output].members.contains { operation.graph[$0].traits.isEventStream }
    }

    private func check(_ testCase: ProtocolSuite.Case) throws {
        let given = testCase.value["response"]
        let headers = (given["headers"].structure ?? AWSMembers()).map { "\($0.name): \($0.value.string ?? "")\r\n" }
        let text = given["body"].string ?? (testCase.metadata.wire == .query ? "<xml/>" : "")
        let body = testCase.metadata.wire == .cbor ? try #require(Base64.decode(text)) : Array(text.utf8)
        let response = HTTPResponse(
            status: Int(given["status_code"].integer ?? 200), headerBlock: Array(headers.joined().utf8), body: body)
        if testCase.value.structure?["error"] != nil {
            let fault = ErrorReader.fault(of: response, testCase.metadata)
            #expect(fault.code == testCase.value["errorCode"].string ?? "", "\(testCase.title)")
            #expect(fault.message == testCase.value["errorMessage"].string ?? "", "\(testCase.title)")
            let members = ErrorReader.members(of: response, code: fault.code, testCase.operation, testCase.metadata)
            expect(members, testCase.value["error"], testCase)
        } else {
            let members = try OutputReader.read(response, testCase.operation, testCase.metadata)
            expect(members, testCase.value["result"], testCase)
        }
    }

    private func expect(_ members: AWSMembers, _ expected: AWSValue, _ testCase: ProtocolSuite.Case) {
        let found = Self.plain(.structure(members))
        let wanted = Self.plain(expected.isNull ? [:] : expected)
        #expect(
            found.isSame(as: wanted), "\(testCase.title): found \(found.jsonText()), expected \(wanted.jsonText())")
    }

    /// A value as the suite writes it: bytes as text, moments as seconds, infinities as words.
    private static func plain(_ value: AWSValue) -> AWSValue {
        switch value {
        case .blob(let bytes): .string(String(decoding: bytes, as: UTF8.self))
        case .timestamp(let seconds): .double(seconds)
        case .double(let number): number.isFinite ? value : .string(WireText.text(number))
        case .list(let elements): .list(elements.map(plain))
        case .structure(let members):
            .structure(members.reduce(into: AWSMembers()) { $0[$1.name] = plain($1.value) })
        default: value
        }
    }
}
