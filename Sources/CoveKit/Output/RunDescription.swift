// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// A run in the words of `cove show`.
struct RunDescription {
    let record: RunRecord
    let standing: RunStanding
    /// Where it is, for the commands that do something with it.
    let place: any RunPlace

    /// What is known of the run.
    var report: Report {
        let rows = rows
        let json = json
        return Report(
            // Nothing is cut to a width: there are commands among the lines, to be copied whole.
            lines: { _ in
                let table = TextTable(headings: ["", ""], sample: rows, width: nil)
                return rows.map { table.line($0) }
            }, json: json, values: [json])
    }

    private var rows: [[String]] {
        let specification = record.specification
        let role = specification.role
        let selection = specification.selection
        let counts = record.counts
        let optional: [(String, String?)] = [
            ("Run", record.id.rawValue),
            ("State", standing.state.rawValue),
            ("Reason", standing.reason),
            ("Waiting", standing.wait),
            ("Created", record.createdAt.description),
            ("Function", "\(specification.function.kind.rawValue) \(specification.function.summary)"),
            (
                "Started",
                specification.function.program?.settings.flatMap { $0.description.isEmpty ? nil : $0.description }
            ),
            ("Targets", selection.targets?.map(\.rawValue).joined(separator: ",") ?? "every active account"),
            ("Ignored", selection.ignored.isEmpty ? nil : selection.ignored.map(\.rawValue).joined(separator: ",")),
            ("Regions", specification.taskRegions.map { $0?.rawValue ?? "none" }.joined(separator: ",")),
            ("Role", role.name),
            ("Session name", role.sessionName),
            ("Policies", role.policyARNs?.joined(separator: ",")),
            ("Profile", specification.profile),
            ("Calling account", record.callingAccount?.rawValue),
            ("Slots", specification.slots.map { "\($0)" }),
            ("Task timeout", specification.taskTimeoutSeconds.map { "\($0) s" }),
            ("At most once", specification.isAtMostOnce ? "yes" : nil),
            ("Stops at failure", specification.raisesException ? "yes" : nil),
            ("Accounts", "\(record.accounts)" + (record.state == .planning ? ", the plan is not finished" : "")),
            (
                "Tasks",
                "\(counts.total): \(counts.succeeded) succeeded, \(counts.failed) failed, "
                    + "\(counts.roleNotAssumed) roles not assumed, "
                    + (isUnderWay
                        ? "\(counts.leased) running, \(counts.ready) waiting"
                        : "\(counts.ready + counts.leased) not run")
            ),
        ]
        return (optional + commands).compactMap { name, value in value.map { [name, $0] } }
    }

    /// Whether only the script that made it could go on with it.
    private var isOfScript: Bool {
        if case .python(let function) = record.specification.function { return function.artefact == nil }
        return false
    }

    private var isUnderWay: Bool { standing.state == .running || standing.state == .stopping }

    /// What can be done with the run.
    private var commands: [(String, String?)] {
        func command(_ verb: String, if isOffered: Bool) -> String? {
            isOffered ? place.command(verb, record.id) : nil
        }
        return [
            ("Watch with", command("watch", if: isUnderWay)),
            ("Stop with", command("cancel", if: standing.state == .running)),
            ("Go on with", command("resume", if: !isUnderWay && !isOfScript && standing.state != .completed)),
            ("Try again with", command("retry", if: !isUnderWay && !isOfScript && record.counts.unsuccessful > 0)),
            ("Results with", command("results", if: !isUnderWay && isOfScript)),
        ]
    }

    private var json: JSONText {
        let specification = record.specification
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("Run", record.id.rawValue)
        writer.member("State", standing.state.rawValue)
        writer.member("Reason", standing.reason)
        writer.member("Waiting", standing.wait)
        writer.member("CreatedAt", record.createdAt.description)
        writer.member("Kind", specification.function.kind.rawValue)
        writer.member("Function", specification.function.summary)
        writer.list("Targets", specification.selection.targets?.map(\.rawValue))
        writer.list("Ignored", specification.selection.ignored.map(\.rawValue))
        writer.list("Regions", specification.taskRegions.compactMap { $0?.rawValue })
        writer.member("RoleName", specification.role.name)
        writer.member("RoleSessionName", specification.role.sessionName)
        writer.list("PolicyArns", specification.role.policyARNs)
        writer.member("Profile", specification.profile)
        writer.member("Partition", record.partition)
        writer.member("CallingAccount", record.callingAccount?.rawValue)
        writer.member("Slots", specification.slots)
        writer.member("TaskTimeoutSeconds", specification.taskTimeoutSeconds)
        writer.key("AtMostOnce")
        writer.bool(specification.isAtMostOnce)
        writer.key("RaiseException")
        writer.bool(specification.raisesException)
        writer.member("Accounts", record.accounts)
        writer.write(record.counts)
        writer.endObject()
        return JSONText(trusted: writer.bytes)
    }
}
