// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import FoundationEssentials
import Logging

/// Where the local runs of a user live: a folder with a store for each run, named by the run's id.
struct RunFolders: Sendable {
    /// The folder that holds the stores.
    let path: String
    /// Whether the folder was named by an option, which another command needs too.
    private let isNamed: Bool
    /// Hears what goes wrong beside a run: its socket.
    var logger = Logger(label: "cove", factory: { _ in SwiftLogNoOpLogHandler() })

    /// The folder that an option names, or `cove/runs` in the user's state folder (XDG Base Directory Specification).
    ///
    /// Nil when no folder can be told.
    ///
    /// - Parameter isArgument: whether `option` was given as an argument rather than by its variable.
    init?(option: String?, isArgument: Bool = false, environment: ProcessEnvironment) {
        isNamed = isArgument
        let variables = environment.variables
        if let option {
            path = environment.absolute(option)
        } else if let state = variables["XDG_STATE_HOME"], state.hasPrefix("/") {
            path = state + "/cove/runs"
        } else if let home = variables["HOME"], home.hasPrefix("/") {
            path = home + "/.local/state/cove/runs"
        } else {
            return nil
        }
    }

    /// What a user types to do something with a run that is kept here.
    func command(_ verb: String, _ run: RunID) -> String {
        guard isNamed else { return "\(Program.current.name) \(verb) \(run)" }
        return "\(Program.current.name) \(verb) \(run) --store \(ShellWord(path))"
    }

    /// The store of a run.
    func store(of run: RunID) -> String { path + "/" + run.rawValue }

    /// The ids of the runs that are there, oldest first.
    func runs() throws -> [RunID] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).compactMap { RunID($0) }.sorted()
        } catch {
            throw StoreError(.notAccessible, "the folder of runs \(path) cannot be read: \(error)")
        }
    }

    /// The run that a user names, by its id or the beginning of it.
    ///
    /// - Throws: `InvalidRequest` when there is none, or more than one.
    func run(named name: String) throws -> RunID {
        try RunName(name).find(among: runs(), "in \(path)", listing: "\(Program.current.name) runs")
    }

    /// Takes a run's folder away: for a run that came to nothing before its first task.
    func remove(_ run: RunID) {
        try? FileManager.default.removeItem(atPath: store(of: run))
    }

    /// Takes away the folder of a run whose store the caller holds.
    ///
    /// It loses its name first: whoever waits for the store finds none, or the one that is whole.
    ///
    /// - Throws: `StoreError` when it cannot be renamed, and nothing was done, or when something of it is left.
    func forget(_ run: RunID) throws {
        let removed = path + "/.\(run).forgotten"
        do {
            try FileManager.default.moveItem(atPath: store(of: run), toPath: removed)
            try FileManager.default.removeItem(atPath: removed)
        } catch {
            throw StoreError(.notAccessible, "run \(run) cannot be removed from \(path): \(error)")
        }
    }
}

extension RunFolders {
    /// Opens the store of a run that is there.
    ///
    /// - Throws: `StoreError`, among others when another process has it open.
    func open(_ run: RunID) async throws -> (store: any TaskStore, record: RunRecord) {
        let store = try await SQLiteTaskStore.open(
            folder: self.store(of: run), mode: .existing, pace: SQLiteTaskStore.sharingPace,
            writtenBy: CoveVersion.current, now: LinkClock.system.wall())
        guard let record = try await store.run(run) else {
            try await store.close()
            throw StoreError(
                .notFound, "the process that was to make run \(run) died before it had: there is nothing to go on with")
        }
        return (store, record)
    }
}
