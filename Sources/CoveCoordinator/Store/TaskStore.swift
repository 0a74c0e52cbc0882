// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import CoveWire

/// The durable queue: runs, their targets and tasks, and every outcome.
///
/// Each method is one decision and one transaction, whose `WHERE` holds the token; it returns after COMMIT. Several calls that wait
/// may share a transaction (group commit). All methods may be called from any task at any time.
package protocol TaskStore: RunReader {
    /// Counted up durably at every opening; half of every token.
    var epoch: Int64 { get }

    /// Records a run and its specification, in state `planning`, without targets. A run that is there with the same specification is
    /// left as it is; one with another specification is a `conflict`.
    ///
    /// What travels with the run has to be whole in the store, or it is `incomplete`.
    func createRun(_ run: RunID, specification: RunSpecification, createdAt: Timestamp) async throws
    /// Records what planning found out first: as whom the organization is read, and the partition of the roles.
    func beginPlanning(_ run: RunID, callingAccount: AccountID, partition: String) async throws
    /// Adds accounts and one task for each of their regions; an account that is there already is left as it is. Returns how many
    /// tasks were added. Regions are interleaved over the accounts of the call, so that one account is not hit by all slots at once.
    func addTargets(_ accounts: [Account], skipped: [NotTargeted], to run: RunID) async throws -> Int
    /// Marks the run as planned, and as completed when nothing is left to do.
    func finishPlanning(_ run: RunID) async throws
    /// Makes tasks whose outcome is not success ready again; their former outcomes stay in the history. Takes a stop back too. Returns
    /// how many.
    func retry(_ run: RunID) async throws -> Int

    /// Leases up to `limit` ready tasks of the given runs, within their shares, taking turns between runs and, within a run, in the
    /// order of the tasks' ids. A run that is stopped gets nothing; nor does one that is gone, which is no error.
    func grant(_ limit: Int, of runs: [GrantShare], now: Timestamp) async throws -> [Lease]
    /// Settles each report's task if its token is the newest, once. The first failure of a run with `raise_exception` stops it.
    func settle(_ reports: [AttemptReport], worker: String, now: Timestamp) async throws -> SettlementResult
    /// Takes leases back without charge, or settles where the run or the number of deferrals says so.
    func release(_ releases: [LeaseRelease], now: Timestamp) async throws -> SettlementResult
    /// Ends leases whose worker vanished: each costs an attempt; the third settles the task as failed.
    func expire(_ tokens: [LeaseToken], now: Timestamp) async throws -> SettlementResult

    /// Records why a run is stopped; the first reason stays until `resume`.
    func stop(_ run: RunID, because reason: StopReason) async throws
    /// Takes back that a run is stopped.
    func resume(_ run: RunID) async throws
    /// Removes a run and all that belongs to it; ids of its tasks are never given to others. It is gone for everybody at once; its room
    /// is free when this returns.
    func forget(_ run: RunID, now: Timestamp) async throws
    /// An artefact as it is here, which is begun where it is not: its parts may come. One that no run has come to use within an hour is
    /// removed, and one that is not whole when nothing came for five minutes; all of them have a GiB.
    func artefact(_ reference: ArtefactReference, now: Timestamp) async throws -> StoredArtefact
    /// Adds a part of an artefact that was begun; one that is not the next changes nothing.
    func add(
        _ part: [UInt8], at offset: Int, to reference: ArtefactReference, now: Timestamp
    ) async throws -> StoredArtefact
    /// The bytes of an artefact from `offset` on to the end of the part that has them; nil when it is not there so far.
    ///
    /// - Parameter isInUse: whether only one counts that is whole and that a run uses.
    func part(of reference: ArtefactReference, at offset: Int, isInUse: Bool) async throws -> [UInt8]?
    /// All bytes of an artefact are there and were verified.
    func completeArtefact(_ reference: ArtefactReference) async throws
    /// Removes an artefact that is not whole.
    func discardArtefact(_ reference: ArtefactReference) async throws
    /// The leases that a former owner of the store had granted, where it was opened with `.kept`.
    func leasesOfFormerOwners() async throws -> [FormerLease]

    /// Closes the store; every later call fails. What was committed stays.
    func close() async throws
}

/// How far an artefact is in the store.
package struct StoredArtefact: Sendable, Hashable {
    /// How many bytes are there, from its beginning.
    package var stored: Int
    /// Whether all are there and verified.
    package var isWhole: Bool

    package init(stored: Int, isWhole: Bool = false) {
        self.stored = stored
        self.isWhole = isWhole
    }
}

/// A lease of a former owner of the store.
package struct FormerLease: Sendable, Hashable {
    package var token: LeaseToken
    package var run: RunID

    package init(token: LeaseToken, run: RunID) {
        self.token = token
        self.run = run
    }
}

/// What may be granted of a run.
package struct GrantShare: Sendable, Hashable {
    package var run: RunID
    /// How many leases at most.
    package var limit: Int
    /// The regions that may be granted, by their numbers in the run's list; nil for all.
    package var regions: Set<Int>?

    package init(run: RunID, limit: Int = .max, regions: Set<Int>? = nil) {
        self.run = run
        self.limit = limit
        self.regions = regions
    }
}

/// What became of a batch of reports, releases or expired leases.
package struct SettlementResult: Sendable, Equatable {
    /// A verdict for each, in order.
    package var verdicts: [ReportVerdict]
    /// The runs whose last task was settled by it.
    package var completedRuns: [RunID]
    /// The runs that it stopped at their first failure.
    package var stoppedRuns: [RunID]

    package init(verdicts: [ReportVerdict], completedRuns: [RunID] = [], stoppedRuns: [RunID] = []) {
        self.verdicts = verdicts
        self.completedRuns = completedRuns
        self.stoppedRuns = stoppedRuns
    }
}
