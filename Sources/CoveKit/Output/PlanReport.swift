// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// What `cove plan` tells: who would be run, who not and why.
struct PlanReport {
    let plan: RunPlan
    let role: RoleSpecification

    /// How many tasks the run would have.
    var tasks: Int { plan.targets.count * max(1, plan.regions.count) }

    /// What is known of the plan.
    var report: Report {
        let entries =
            plan.targets.map { entry($0, reason: nil) } + plan.leftOut.map { entry($0.account, reason: $0.reason) }
        return Report(lines: { lines($0) }, json: json, values: entries)
    }

    private func lines(_ width: Int?) -> [String] {
        let rows =
            plan.targets.map { [$0.id.rawValue, $0.name ?? "", "run", ""] }
            + plan.leftOut.map { [$0.account.id.rawValue, $0.account.name ?? "", "no", $0.reason.description] }
        let table = TextTable(
            headings: ["ACCOUNT", "NAME", "RUN", "WHY NOT"], sample: rows, width: width, widest: [12, 40, 3])
        let regionNames =
            plan.regions.isEmpty ? "without a region" : plan.regions.map(\.rawValue).joined(separator: ", ")
        return [table.heading] + rows.map { table.line($0) } + [
            "",
            "\(tasks) tasks: \(plan.targets.count) accounts, \(plan.leftOut.count) left out, \(regionNames)",
            "role \(role.name), partition \(plan.partition)",
            "called from account \(plan.callingAccount)",
        ]
    }

    private var json: JSONText {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("CallingAccount", plan.callingAccount.rawValue)
        writer.member("Partition", plan.partition)
        writer.member("RoleName", role.name)
        writer.member("RoleSessionName", role.sessionName)
        writer.list("Regions", plan.regions.map(\.rawValue))
        writer.member("Tasks", tasks)
        writer.key("Run")
        writer.value(JSONText(array: plan.targets.map { entry($0, reason: nil) }))
        writer.key("NotRun")
        writer.value(JSONText(array: plan.leftOut.map { entry($0.account, reason: $0.reason) }))
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
