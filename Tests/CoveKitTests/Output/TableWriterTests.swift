// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import Testing

@testable import CoveKit

/// A run's results as a table, out of a real store.
@Suite struct TableWriterTests {
    @Test func `every task has a line in plan order, and so has what was left out`() async throws {
        #expect(
            try await StoredRun.mixed().written(.table) == """
                ACCOUNT       NAME       REGION     OUTCOME         RESULT
                000000000001  account 1  eu-west-1  succeeded       {"b": 1.0,  "a": "\\u00e9"}
                000000000002  account 2  eu-west-1  failed          exit code 3
                000000000003  account 3  eu-west-1  roleNotAssumed  AccessDenied: not authorized
                000000000004  account 4  eu-west-1  notRun          interrupted: an attempt was started and ended before it was done; it may have had effects
                000000000005  account 5  eu-west-1  notRun          still running
                000000000006  account 6  eu-west-1  notRun          not started
                000000000007  account 7             skipped         the account is SUSPENDED

                """)
    }

    @Test func `lines keep to the width`() async throws {
        let text = try await StoredRun.mixed().written(.table, tableWidth: 70)
        #expect(text.contains("000000000004  account 4  eu-west-1  notRun          interrupted: an a…\n"))
        for line in text.split(separator: "\n") { #expect(TextTable.width(String(line)) <= 70) }
    }

    @Test func `a text is shown without its quotes, on one line, and cannot touch the terminal`() async throws {
        let run = try await StoredRun(accounts: 3)
        let leases = try await run.lease(3)
        try await run.settle(leases[0], .succeeded(JSONText(string: "one\ntwo\u{1B}[2J \"x\"")))
        try await run.settle(leases[1], .succeeded(try .literal("[\n  1\n]")))
        try await run.settle(leases[2], .succeeded(nil))
        #expect(
            try await run.written(.table).split(separator: "\n").dropFirst().map { $0.dropFirst(36) } == [
                "succeeded  one two [2J \"x\"", "succeeded  [   1 ]", "succeeded",
            ])
    }

    @Test func `many pages are one table`() async throws {
        let run = try await StoredRun(accounts: 600)
        let lines = try await run.written(.table).split(separator: "\n")
        #expect(lines.count == 601)
        #expect(lines.filter { $0.hasPrefix("ACCOUNT") }.count == 1)
        #expect(lines.dropFirst().map { $0.prefix(12) } == lines.dropFirst().map { $0.prefix(12) }.sorted())
    }
}
