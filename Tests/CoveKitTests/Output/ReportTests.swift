// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import Foundation
import Testing

@testable import CoveKit

/// What `runs`, `show` and `plan` tell.
@Suite struct ReportTests {
    private static func tasks(running: Int) -> String {
        #""Tasks":{"Total":6,"Succeeded":1,"Failed":1,"RoleNotAssumed":1,"NotRun":3,"Running":\#(running)}"#
    }

    @Test func `a run in the words of show`() async throws {
        let run = try await StoredRun.mixed()
        let snapshot = try #require(try await IdleRun(store: run.store).snapshot(of: run.id, after: nil))
        let report = RunDescription(
            record: snapshot.record, standing: RunStanding(snapshot.record, status: snapshot.status), place: run.folders
        ).report
        #expect(
            report.lines(nil) == [
                "Run              20261120-235959-aaaa1", "State            interrupted",
                "Created          2026-11-20T23:59:59.000Z", "Function         exec /bin/echo a",
                "Targets          every active account", "Regions          eu-west-1", "Role             audit/Reader",
                "Session name     Reader", "Calling account  000000000999", "Accounts         6",
                "Tasks            6: 1 succeeded, 1 failed, 1 roles not assumed, 3 not run",
                "Go on with       cove resume 20261120-235959-aaaa1",
                "Try again with   cove retry 20261120-235959-aaaa1",
            ])
        #expect(
            report.json.text
                == #"{"Run":"20261120-235959-aaaa1","State":"interrupted","CreatedAt":"2026-11-20T23:59:59.000Z","Kind":"exec","#
                + #""Function":"/bin/echo a","Ignored":[],"Regions":["eu-west-1"],"RoleName":"audit/Reader","#
                + #""RoleSessionName":"Reader","Partition":"aws","CallingAccount":"000000000999","AtMostOnce":false,"#
                + #""RaiseException":false,"Accounts":6,\#(Self.tasks(running: 1))}"#)
        #expect(report.values == [report.json])
    }

    @Test func `a run whose plan is not finished says so`() async throws {
        let run = try await StoredRun(accounts: 2, regions: nil, isPlanned: false)
        let record = try #require(try await run.store.run(run.id))
        let lines = RunDescription(record: record, standing: RunStanding(record), place: run.folders).report.lines(nil)
        #expect(lines.contains("Regions          none"))
        #expect(lines.contains("Accounts         2, the plan is not finished"))
    }

    @Test func `runs are told in a line each`() async throws {
        let run = try await StoredRun.mixed()
        let inUse = try #require(try await run.folders.summaries().first)
        #expect(inUse.state == "running")
        try await run.store.close()
        try FileManager.default.createDirectory(
            atPath: run.folders.store(of: .sample(2)), withIntermediateDirectories: false)
        let summaries = try await run.folders.summaries()
        #expect(summaries.map(\.id) == [run.id], "a process that died before it had made the run leaves no run")
        let summary = try #require(summaries.first)

        let report = RunSummary.report([summary, inUse])
        #expect(
            report.lines(nil) == [
                "RUN                    STATE        TASKS  OK  FAILED  FUNCTION",
                "20261120-235959-aaaa1  interrupted  6      1   2       /bin/echo a", "20261120-235959-aaaa1  running",
            ])
        let first =
            #"{"Run":"20261120-235959-aaaa1","State":"interrupted","CreatedAt":"2026-11-20T23:59:59.000Z",\#(Self.tasks(running: 0)),"#
            + #""Function":"/bin/echo a"}"#
        let second = #"{"Run":"20261120-235959-aaaa1","State":"running"}"#
        #expect(report.values.map(\.text) == [first, second])
        #expect(report.json.text == "[\(first),\(second)]")
        #expect(RunSummary.report([]).lines(nil) == ["there are no runs"])
        #expect(RunSummary.report([]).json.text == "[]")
    }

    @Test func `a plan tells who would run, who not and why`() throws {
        let plan = PlanReport(
            plan: RunPlan(
                callingAccount: try .sample(9), partition: "aws",
                regions: ["eu-west-1", "us-east-1"].compactMap { RegionName($0) },
                targets: [
                    Account(id: try .sample(1), name: "one", email: "e", status: "ACTIVE"),
                    Account(id: try .sample(2)),
                ],
                leftOut: [
                    NotTargeted(Account(id: try .sample(9), name: "nine"), .callingAccount),
                    NotTargeted(Account(id: try .sample(3), state: "SUSPENDED"), .notActive("SUSPENDED")),
                ]), role: RoleSpecification(name: "Reader"))
        #expect(plan.tasks == 4)
        #expect(
            plan.report.lines(nil) == [
                "ACCOUNT       NAME  RUN  WHY NOT", "000000000001  one   run", "000000000002        run",
                "000000000009  nine  no   the calling account", "000000000003        no   the account is SUSPENDED", "",
                "4 tasks: 2 accounts, 2 left out, eu-west-1, us-east-1",
                "role Reader, partition aws", "called from account 000000000009",
            ])
        let entries = [
            #"{"Id":"000000000001","Name":"one","Email":"e","Status":"ACTIVE","State":"ACTIVE"}"#,
            #"{"Id":"000000000002"}"#,
            #"{"Id":"000000000009","Name":"nine","Reason":"the calling account"}"#,
            #"{"Id":"000000000003","Status":"SUSPENDED","State":"SUSPENDED","Reason":"the account is SUSPENDED"}"#,
        ]
        #expect(plan.report.values.map(\.text) == entries)
        #expect(
            plan.report.json.text
                == #"{"CallingAccount":"000000000009","Partition":"aws","RoleName":"Reader","RoleSessionName":"Reader","#
                + #""Regions":["eu-west-1","us-east-1"],"Tasks":4,"Run":[\#(entries[0]),\#(entries[1])],"#
                + #""NotRun":[\#(entries[2]),\#(entries[3])]}"#)
    }

    @Test func `a report goes to a file in each form`() async throws {
        let folder = try TemporaryFolder()
        let report = Report(
            lines: { ["line \($0.map(String.init) ?? "-")", "two"] }, json: try .literal("[1,2]"),
            values: [try .literal("1"), try .literal("2")])
        for (format, text) in [(OutputFormat.table, "line 40\ntwo\n"), (.json, "[1,2]\n"), (.ndjson, "1\n2\n")] {
            try await OutputTarget(format: format, path: folder.file("out"), tableWidth: 40).write(report: report)
            #expect(try folder.text("out") == text)
        }
        let error = await #expect(throws: CommandFailure.self) {
            try await OutputTarget(format: .json, path: "/dev/full", tableWidth: nil).write(report: report)
        }
        #expect(error?.status == .unavailable)
        #expect(error?.lines == ["output file /dev/full cannot be written: No space left on device"])
    }
}
