// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore

/// What `cove plan` tells: who would be run, who not and why.
struct PlanReport {
    let caller: Caller
    let role: RoleSpecification
    let partition: String
    /// The regions of each account's tasks; empty where functions would run without one.
    let regions: [RegionName]
    var targets: [Account] = []
    var leftOut: [NotTargeted] = []

    /// How many tasks the run would have.
    var tasks: Int { targets.count * max(1, regions.count) }

    /// What is known of the plan.
    var report: Report {
        let entries = targets.map { entry($0, reason: nil) } + leftOut.map { entry($0.account, reason: $0.reason) }
        return Report(lines: { lines($0) }, json: json, values: entries)
    }

    private func lines(_ width: Int?) -> [String] {
        let rows =
            targets.map { [$0.id.rawValue, $0.name ?? "", "run", ""] }
            + leftOut.map { [$0.account.id.rawValue, $0.account.name ?? "", "no", $0.reason.description] }
        let table = TextTable(
            headings: ["ACCOUNT", "NAME", "RUN", "WHY NOT"], sample: rows, width: width, widest: [12, 40, 3])
        let regionNames = regions.isEmpty ? "without a region" : regions.map(\.rawValue).joined(separator: ", ")
        return [table.heading] + rows.map { table.line($0) } + [
            "",
            "\(tasks) tasks: \(targets.count) accounts, \(leftOut.count) left out, \(regionNames)",
            "role \(role.name), partition \(partition)",
            "called from account \(caller.account)",
        ]
    }

    private var json: JSONText {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("CallingAccount", caller.account.rawValue)
        writer.member("Partition", partition)
        writer.member("RoleName", role.name)
        writer.member("RoleSessionName", role.sessionName)
        writer.list("Regions", regions.map(\.rawValue))
        writer.member("Tasks", tasks)
        writer.key("Run")
        writer.value(JSONText(array: targets.map { entry($0, reason: nil) }))
        writer.key("NotRun")
        writer.value(JSONText(array: leftOut.map { entry($0.account, reason: $0.reason) }))
        writer.endObject()
        return JSONText(trusted: writer.bytes)
    }

    private func entry(_ account: Account, reason: NotTargeted.Reason?) -> JSONText {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("Id", account.id.rawValue)
        writer.member("Name", account.name)
        writer.member("Arn", account.arn)
        writer.member("Email", account.email)
        writer.member("Status", account.status ?? account.state)
        writer.member("State", account.state ?? account.status)
        writer.member("Reason", reason?.description)
        writer.endObject()
        return JSONText(trusted: writer.bytes)
    }
}
