// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// What `cove workers` tells: who works for a coordinator, and what each may do.
struct WorkerReport {
    let workers: [WorkerRecord]
    /// The account of the coordinator's own credentials, where it is known.
    let callingAccount: AccountID?

    /// What is known of the workers.
    var report: Report {
        let values = workers.map { json($0) }
        return Report(lines: { lines($0) }, json: JSONText(array: values), values: values)
    }

    /// Whether a worker's credentials are those of another account than the coordinator's: it assumes the roles as somebody
    /// whom they may not trust.
    private func isForeign(_ worker: WorkerRecord) -> Bool {
        guard let account = worker.account, let callingAccount else { return false }
        return account != callingAccount
    }

    private func lines(_ width: Int?) -> [String] {
        guard !workers.isEmpty else { return ["there are no workers"] }
        let haveFunctions = workers.contains { $0.native != nil }
        let rows = workers.map { worker in
            let row = [
                worker.name, worker.state.rawValue, "\(worker.slots)", "\(worker.leases)",
                worker.kinds.map(\.rawValue).joined(separator: ","), worker.regions?.joined(separator: ",") ?? "all",
                (worker.account?.rawValue ?? "") + (isForeign(worker) ? " !" : ""), worker.program,
                "\(ProgressLine.clock(Double(worker.silentMilliseconds / 1_000))) ago",
            ]
            return haveFunctions ? row + [Self.functions(of: worker)] : row
        }
        let table = TextTable(
            headings: Self.headings + (haveFunctions ? ["FUNCTIONS"] : []), sample: rows, width: width,
            widest: [32, 8, 5, 7, 16, 32, 14, 12, 12])
        var lines = [table.heading] + rows.map { table.line($0) }
        if let callingAccount, workers.contains(where: { isForeign($0) }) {
            lines += ["", "! not the coordinator's account, which is \(callingAccount): the roles have to trust both"]
        }
        return lines
    }

    /// The program of a worker, the beginning of its build, and the program's functions.
    private static func functions(of worker: WorkerRecord) -> String {
        worker.native.map { "\($0.title): " + $0.functions.map(\.name).joined(separator: ",") } ?? ""
    }

    private static let headings = [
        "NAME", "STATE", "SLOTS", "RUNNING", "KINDS", "REGIONS", "ACCOUNT", "VERSION", "SEEN",
    ]

    private func json(_ worker: WorkerRecord) -> JSONText {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("Name", worker.name)
        writer.member("State", worker.state.rawValue)
        writer.member("Slots", worker.slots)
        writer.member("Running", worker.leases)
        writer.list("Kinds", worker.kinds.map(\.rawValue))
        writer.list("Regions", worker.regions)
        writer.list("Roles", worker.roles)
        writer.member("Account", worker.account?.rawValue)
        writer.key("OtherAccount")
        writer.bool(isForeign(worker))
        writer.member("Version", worker.program)
        writer.member("Program", worker.native?.program)
        writer.member("Build", worker.native?.build)
        writer.list("Functions", worker.native?.functions.map(\.name))
        writer.member("Address", worker.address.isEmpty ? nil : worker.address)
        writer.member("ConnectedAt", worker.connectedAt.description)
        writer.key("SilentSeconds")
        writer.seconds(milliseconds: worker.silentMilliseconds)
        writer.endObject()
        return JSONText(trusted: writer.bytes)
    }
}
