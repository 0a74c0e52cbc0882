// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

/// What `cove workers` tells.
@Suite struct WorkerReportTests {
    private static func report(callingAccount: AccountID?) throws -> Report {
        WorkerReport(
            workers: [
                WorkerRecord(
                    name: "build-1/7", state: .serving, slots: 20, leases: 3, kinds: [.exec, .native],
                    regions: ["eu-*", "us-east-1"], roles: ["Audit*"], account: try .sample(1), program: "0.1.0",
                    address: "10.0.0.7:4711", connectedAt: .start, silentMilliseconds: 2_900),
                WorkerRecord(
                    name: "build-2/8", state: .away, slots: 4, leases: 4, kinds: [.native], regions: nil, roles: nil,
                    account: try .sample(2), program: "0.2.0", address: "", connectedAt: .start,
                    silentMilliseconds: 61_000),
            ], callingAccount: callingAccount
        ).report
    }

    @Test func `a worker has a line, and one with another account a mark`() throws {
        #expect(
            try Self.report(callingAccount: .sample(1)).lines(nil) == [
                "NAME       STATE    SLOTS  RUNNING  KINDS        REGIONS         ACCOUNT         VERSION  SEEN",
                "build-1/7  serving  20     3        exec,native  eu-*,us-east-1  000000000001    0.1.0    2 s ago",
                "build-2/8  away     4      4        native       all             000000000002 !  0.2.0    1 min 1 s ago",
                "", "! not the coordinator's account, which is 000000000001: the roles have to trust both",
            ])
    }

    @Test func `without knowing the coordinator's account nobody has a mark`() throws {
        let lines = try Self.report(callingAccount: nil).lines(nil)
        #expect(lines.count == 3)
        #expect(!lines.contains { $0.contains("!") })
        #expect(WorkerReport(workers: [], callingAccount: nil).report.lines(nil) == ["there are no workers"])
    }

    @Test func `workers are values for programs`() throws {
        let report = try Self.report(callingAccount: .sample(1))
        let first =
            #"{"Name":"build-1/7","State":"serving","Slots":20,"Running":3,"Kinds":["exec","native"],"#
            + #""Regions":["eu-*","us-east-1"],"Roles":["Audit*"],"Account":"000000000001","OtherAccount":false,"#
            + #""Version":"0.1.0","Address":"10.0.0.7:4711","ConnectedAt":"2026-11-20T23:59:59.000Z","SilentSeconds":2.9}"#
        let second =
            #"{"Name":"build-2/8","State":"away","Slots":4,"Running":4,"Kinds":["native"],"Account":"000000000002","#
            + #""OtherAccount":true,"Version":"0.2.0","ConnectedAt":"2026-11-20T23:59:59.000Z","SilentSeconds":61}"#
        #expect(report.values.map(\.text) == [first, second])
        #expect(report.json.text == "[\(first),\(second)]")
    }

    @Test func `Swift functions are told where a worker has some`() throws {
        var workers = [
            WorkerRecord(
                name: "a", state: .serving, slots: 1, leases: 0, kinds: [.native], regions: nil, roles: nil,
                account: nil, program: "0.1.0", address: "", connectedAt: .start, silentMilliseconds: 0)
        ]
        workers[0].native = NativeOffer(
            program: "audit", build: String(repeating: "ab", count: 32),
            functions: [.init(name: "users"), .init(name: "keys")])
        let report = WorkerReport(workers: workers, callingAccount: nil).report
        #expect(report.lines(nil).map { String($0.suffix(37)) }[1].contains("audit abababababab: users,keys"))
        #expect(report.json.text.contains(#""Program":"audit","Build":"abab"#))
        #expect(report.json.text.contains(#""Functions":["users","keys"]"#))
    }
}
