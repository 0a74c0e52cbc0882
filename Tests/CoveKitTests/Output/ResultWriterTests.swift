// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import Foundation
import Testing

@testable import CoveKit

/// A run's results as json and ndjson (design: output contract), out of a real store.
@Suite struct ResultWriterTests {
    /// What every entry of `StoredRun.mixed` begins with.
    private static func head(_ account: Int, _ assumed: Bool, region: Bool = true) -> String {
        #""Id":"00000000000\#(account)","RoleName":"audit/Reader","RoleSessionName":"Reader","AssumeRoleSuccess":\#(assumed)"#
            + (region ? #","Region":"eu-west-1""# : "") + #","Partition":"aws""#
    }
    private static func name(_ account: Int) -> String { #","Name":"account \#(account)","Status":"ACTIVE""# }
    private static let tail =
        #","Attempts":1,"StartedAt":"2026-11-21T00:00:00.000Z","DurationSeconds":0.25,"Worker":"host/7""#

    private static let succeeded =
        head(1, true) + name(1) + ",\"Result\":{\"b\": 1.0,\n \"a\": \"\\u00e9\"}" + #","State":"ACTIVE""# + tail
    private static let failed =
        head(2, true)
        + #","ExceptionDetails":{"Type":"ProgramFailed","Message":"exit code 3","ExitCode":3,"Stderr":"oh\nno"}"#
        + name(2) + #","State":"ACTIVE""# + tail
    private static let roleNotAssumed =
        head(3, false)
        + #","ExceptionDetails":{"Type":"ClientError","Code":"AccessDenied","Message":"not authorized","Operation":"STS.AssumeRole","#
        + #""RequestId":"r-1","HTTPStatusCode":403,"Attempts":1,"Retryable":false}"# + name(3) + #","State":"ACTIVE""#
        + tail
    private static let interrupted =
        head(4, false) + name(4)
        + #","State":"ACTIVE","Attempts":0,"Reason":"interrupted: an attempt was started and ended before it was done; it may have had effects""#
    private static let running =
        head(5, false) + name(5) + #","State":"ACTIVE","Attempts":1,"Reason":"still running""#
    private static let waiting = head(6, false) + name(6) + #","State":"ACTIVE","Attempts":0,"Reason":"not started""#
    private static let skipped =
        head(7, false, region: false)
        + #","Name":"account 7","Status":"SUSPENDED","State":"SUSPENDED","Reason":"the account is SUSPENDED""#

    @Test func `json holds botocove's lists in plan order, and what did not run in a fourth`() async throws {
        let text = try await StoredRun.mixed().written(.json)
        #expect(
            text == """
                {
                "Results": [
                {\(Self.succeeded)}
                ],
                "Exceptions": [
                {\(Self.failed)}
                ],
                "FailedAssumeRole": [
                {\(Self.roleNotAssumed)}
                ],
                "NotRun": [
                {\(Self.interrupted)},
                {\(Self.running)},
                {\(Self.waiting)},
                {\(Self.skipped)}
                ]
                }

                """)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
    }

    @Test func `ndjson is an entry a line, with its outcome first, in the order of settling`() async throws {
        let text = try await StoredRun.mixed().written(.ndjson)
        let line = Self.succeeded.replacingOccurrences(of: "\n", with: " ")
        #expect(
            text == """
                {"Outcome":"roleNotAssumed",\(Self.roleNotAssumed)}
                {"Outcome":"succeeded",\(line)}
                {"Outcome":"failed",\(Self.failed)}
                {"Outcome":"notRun",\(Self.interrupted)}
                {"Outcome":"notRun",\(Self.running)}
                {"Outcome":"notRun",\(Self.waiting)}
                {"Outcome":"skipped",\(Self.skipped)}

                """)
    }

    @Test func `there is no fourth list when everything ran`() async throws {
        let run = try await StoredRun(accounts: 1, regions: nil)
        try await run.settle(try await run.lease(1)[0], .succeeded(nil))
        let entry = Self.head(1, true, region: false) + Self.name(1) + #","State":"ACTIVE""# + Self.tail
        #expect(
            try await run.written(.json)
                == "{\n\"Results\": [\n{\(entry)}\n],\n\"Exceptions\": [],\n\"FailedAssumeRole\": []\n}\n")
        #expect(try await run.written(.ndjson) == "{\"Outcome\":\"succeeded\",\(entry)}\n")
    }

    @Test func `a run without tasks is three empty lists`() async throws {
        let run = try await StoredRun(accounts: 0)
        #expect(
            try await run.written(.json) == "{\n\"Results\": [],\n\"Exceptions\": [],\n\"FailedAssumeRole\": []\n}\n")
        #expect(try await run.written(.ndjson) == "")
    }

    @Test(arguments: ["null", "false", "0", "\"\"", "{}", "[]"])
    func `a result keeps its bytes, and null is no result`(result: String) async throws {
        let run = try await StoredRun(accounts: 1)
        try await run.settle(try await run.lease(1)[0], .succeeded(try .literal(result)))
        let text = try await run.written(.ndjson)
        #expect(text.contains("\"Result\":\(result),\"State\"") == (result != "null"))
        #expect(text.contains("\"Result\"") == (result != "null"))
    }

    @Test func `many pages are one valid document, each entry once and in plan order`() async throws {
        let count = 700
        let run = try await StoredRun(accounts: count, regions: ["eu-west-1", "us-east-1"])
        let leases = try await run.lease(count * 2)
        let reports = try leases.enumerated().map { index, lease in
            let failure = Failure(type: "T", message: "line 1\nline 2 of \(index)")
            let outcome: Outcome =
                switch index % 5 {
                case 0, 1, 2: .succeeded(try .literal("{\n  \"n\": \(index),\r\n  \"s\": \"\\n\"\n}"))
                case 3: .failed(failure)
                default: .roleNotAssumed(failure)
                }
            return AttemptReport(
                token: lease.token, outcome: outcome, startedAt: .start, durationMilliseconds: Int64(index))
        }
        for report in reports.reversed().dropFirst(10) {
            _ = try await run.store.settle([report], worker: "w", now: .start)
        }
        let output = try #require(
            try JSONSerialization.jsonObject(with: Data(try await run.written(.json).utf8))
                as? [String: [[String: Any]]])
        #expect(output.keys.sorted() == ["Exceptions", "FailedAssumeRole", "NotRun", "Results"])
        #expect(
            output.mapValues(\.count) == ["Results": 834, "Exceptions": 278, "FailedAssumeRole": 278, "NotRun": 10])
        for entries in output.values {
            let places = entries.map { "\($0["Id"] ?? "")\($0["Region"] ?? "")" }
            #expect(places == places.sorted())
            #expect(Set(places).count == places.count)
        }

        let lines = try await run.written(.ndjson).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == count * 2 + 1)
        let settled = try lines.dropLast().compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
        #expect(settled.count == count * 2)
        let numbers = settled.compactMap { ($0["Result"] as? [String: Any])?["n"] as? Int }
        #expect(numbers.count == 834)
        #expect(numbers == numbers.sorted(by: >))
        #expect(settled.suffix(10).allSatisfy { $0["Outcome"] as? String == "notRun" })
        for line in lines.dropLast() { #expect(line.hasPrefix("{\"Outcome\":\"")) }
    }

    @Test func `what settles is written once, however often it is asked for`() async throws {
        let run = try await StoredRun(accounts: 3)
        let file = try #require(FileDescriptor(writing: run.place.file("out")))
        let writer = ResultWriter(
            reader: run.store, run: run.id, sink: OutputSink(file, name: "f"), format: .ndjson, tableWidth: nil)
        let record = try #require(try await run.store.run(run.id))
        var last: Int64 = 0
        for (number, lease) in try await run.lease(3).enumerated() {
            #expect(try await writer.writeSettled(of: record, after: last) == nil)
            try await run.settle(lease, .succeeded(try .literal("\(number)")))
            last = try #require(try await writer.writeSettled(of: record, after: last))
            #expect(try run.place.text("out").split(separator: "\n").count == number + 1)
        }
        try await writer.writeNotRun()
        #expect(try run.place.text("out").split(separator: "\n").count == 3)
    }

    @Test(arguments: [OutputFormat.json, .ndjson])
    func `a task that settles while results are written has its entry once`(format: OutputFormat) async throws {
        let run = try await StoredRun(accounts: 4)
        let leases = try await run.lease(3)
        try await run.settle(leases[0], .succeeded(try .literal("1")))
        // After the results were read, and before what did not run is.
        let reader = HookedReader(reader: run.store) { states in
            guard states == OutputEntry.List.notRun.states else { return }
            try await run.settle(leases[1], .succeeded(try .literal("2")))
        }
        try await OutputTarget(format: format, path: run.place.file("out"), tableWidth: nil)
            .write(run.id, of: reader, keptFor: "")
        let text = try run.place.text("out")
        for account in 1...4 { #expect(text.components(separatedBy: "\"Id\":\"00000000000\(account)\"").count == 2) }
        let entry = text.split(separator: "\n").first { $0.contains("\"000000000002\"") }
        #expect(entry?.contains(#""Reason":"ended while this was written""#) == true)
        #expect(entry?.contains("Result") == false)
    }

    @Test func `a task of a cancelled run says so`() async throws {
        let run = try await StoredRun.mixed()
        var record = try #require(try await run.store.run(run.id))
        record.stopReason = .cancelled
        var reasons: [String] = []
        let page = try await run.store.tasks(of: run.id, in: TaskState.allCases, after: .start, limit: 10)
        for task in page.tasks { reasons.append(OutputEntry(task, of: record).reason ?? "-") }
        #expect(
            reasons == [
                "-", "-", "-",
                "cancelled: an attempt was started and ended before it was done; it may have had effects",
                "still running", "cancelled",
            ])
    }
}

/// A reader that lets something happen before tasks are read.
struct HookedReader: RunReader {
    let reader: any RunReader
    let willRead: @Sendable ([TaskState]) async throws -> Void

    func run(_ run: RunID) async throws -> RunRecord? { try await reader.run(run) }
    func runs() async throws -> [RunRecord] { try await reader.runs() }
    func tasks(of run: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int) async throws -> TaskPage {
        if cursor == .start { try await willRead(states) }
        return try await reader.tasks(of: run, in: states, after: cursor, limit: limit)
    }
    func outcomes(of run: RunID, after sequence: Int64, limit: Int) async throws -> OutcomePage {
        try await reader.outcomes(of: run, after: sequence, limit: limit)
    }
    func skippedAccounts(of run: RunID) async throws -> [NotTargeted] { try await reader.skippedAccounts(of: run) }
}
