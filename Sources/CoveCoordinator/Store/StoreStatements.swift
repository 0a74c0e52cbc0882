// SPDX-License-Identifier: Apache-2.0

/// The statements of a connection, prepared once; that they can be prepared shows that the tables are those of this version.
struct StoreStatements {
    let begin, commit, rollback: StoreStatement

    let insertRun, insertProgress, updateProgress, updatePlanning, runByKey, runByRow: StoreStatement
    let pageOfRuns, runsWithLeases, insertStop, deleteStop: StoreStatement
    let lastTask, noteLastTask: StoreStatement
    let insertAccount, insertTask, accountByOrdinal: StoreStatement
    let insertSkipped, deleteSkipped, accountIsTarget, skippedOfRun: StoreStatement

    let readyTasks, deferredTasks, promoteTasks, promoteFutureTasks, leaseTask, taskByID, settleTask, requeueTask,
        retryTasks, leasedTasks: StoreStatement
    let insertOutcome, outcomeToken, insertWorker, workerByName: StoreStatement
    let taskPage, outcomePage: StoreStatement

    let insertForgotten, hideRun, deleteProgress, forgottenRun, isForgotten: StoreStatement
    let artefacts: ArtefactStatements
    let forgottenOutcomes, deleteOutcomes, deleteTasks, deleteAccounts, deleteAllSkipped, deleteForgotten,
        deleteRun: StoreStatement

    init(on connection: OpaquePointer) throws(SQLiteFailure) {
        func prepare(_ sql: String) throws(SQLiteFailure) -> StoreStatement { try StoreStatement(sql, on: connection) }
        begin = try prepare("BEGIN IMMEDIATE")
        commit = try prepare("COMMIT")
        rollback = try prepare("ROLLBACK")

        insertRun = try prepare("INSERT INTO run(key, specification, created) VALUES (?1, ?2, ?3) RETURNING id")
        insertProgress = try prepare("INSERT INTO progress(run, state) VALUES (?1, 0)")
        updateProgress = try prepare(
            """
            UPDATE progress SET state = ?2, accounts = ?3, ready = ?4, leased = ?5, succeeded = ?6, failed = ?7,
                role_not_assumed = ?8 WHERE run = ?1
            """)
        updatePlanning = try prepare("UPDATE run SET calling_account = ?2, partition = ?3 WHERE id = ?1")
        runByKey = try prepare(Self.run + " WHERE run.key = ?1")
        runByRow = try prepare(Self.run + " WHERE run.id = ?1")
        pageOfRuns = try prepare(Self.run + " WHERE run.id > ?1 ORDER BY run.id LIMIT ?2")
        runsWithLeases = try prepare("SELECT run FROM progress WHERE leased > 0 ORDER BY run")
        insertStop = try prepare("INSERT INTO stop(run, reason) VALUES (?1, ?2)")
        deleteStop = try prepare("DELETE FROM stop WHERE run = ?1")
        lastTask = try prepare(
            """
            SELECT max(coalesce((SELECT max(id) FROM task), 0),
                coalesce((SELECT value FROM meta WHERE key = 'last_task'), 0))
            """)
        noteLastTask = try prepare("INSERT OR REPLACE INTO meta(key, value) VALUES ('last_task', ?1)")

        insertAccount = try prepare(
            """
            INSERT INTO account(run, ordinal, id, name, arn, email, status, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT(run, id) DO NOTHING
            """)
        insertTask = try prepare("INSERT INTO task(id, run, account, region) VALUES (?4, ?1, ?2, ?3)")
        accountByOrdinal = try prepare(
            "SELECT id, name, arn, email, status, state FROM account WHERE run = ?1 AND ordinal = ?2")
        insertSkipped = try prepare(
            """
            INSERT INTO skipped(run, ordinal, id, name, arn, email, status, state, reason, detail)
                VALUES (?1, (SELECT coalesce(max(ordinal) + 1, 0) FROM skipped WHERE run = ?1), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                ON CONFLICT(run, id) DO NOTHING
            """)
        deleteSkipped = try prepare("DELETE FROM skipped WHERE run = ?1 AND id = ?2")
        accountIsTarget = try prepare("SELECT 1 FROM account WHERE run = ?1 AND id = ?2")
        skippedOfRun = try prepare(
            "SELECT id, name, arn, email, status, state, reason, detail FROM skipped WHERE run = ?1 ORDER BY ordinal")

        readyTasks = try prepare(Self.readyTasks)
        deferredTasks = try prepare(Self.deferredTasks)
        promoteTasks = try prepare(Self.promoteTasks)
        promoteFutureTasks = try prepare(Self.promoteFutureTasks)
        leaseTask = try prepare(Self.leaseTask)
        taskByID = try prepare(
            "SELECT id, run, region, state, epoch, generation, losses, deferrals, outcome FROM task WHERE id = ?1")
        settleTask = try prepare(
            """
            UPDATE task SET state = ?4, outcome = ?5, interrupted = 0
                WHERE id = ?1 AND state = 1 AND epoch = ?2 AND generation = ?3
            """)
        requeueTask = try prepare(
            """
            UPDATE task SET state = 0, attempts = attempts - ?4, losses = losses + ?5, deferrals = deferrals + ?6,
                interrupted = max(interrupted, ?7), not_before = ?8
                WHERE id = ?1 AND state = 1 AND epoch = ?2 AND generation = ?3
            """)
        retryTasks = try prepare(
            """
            UPDATE task SET state = 0, losses = 0, deferrals = 0, not_before = 0 WHERE run = ?1 AND state = ?2
            """)
        leasedTasks = try prepare(Self.leasedTasks)

        insertOutcome = try prepare(
            """
            INSERT INTO outcome(run, task, previous, state, epoch, generation, settled, started, duration, worker, failure,
                result) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
        outcomeToken = try prepare("SELECT epoch, generation, previous FROM outcome WHERE seq = ?1")
        insertWorker = try prepare("INSERT INTO worker(name) VALUES (?1) RETURNING id")
        workerByName = try prepare("SELECT id FROM worker WHERE name = ?1")

        taskPage = try prepare(Self.taskPage)
        outcomePage = try prepare(Self.outcomePage)

        artefacts = try ArtefactStatements(on: connection)

        insertForgotten = try prepare("INSERT INTO forgotten(run) VALUES (?1)")
        hideRun = try prepare("UPDATE run SET key = ?2, specification = '' WHERE id = ?1")
        deleteProgress = try prepare("DELETE FROM progress WHERE run = ?1")
        forgottenRun = try prepare("SELECT run FROM forgotten ORDER BY run LIMIT 1")
        isForgotten = try prepare("SELECT 1 FROM forgotten WHERE run = ?1")
        forgottenOutcomes = try prepare(Self.forgottenOutcomes)
        deleteOutcomes = try prepare(Self.deleteOutcomes)
        deleteTasks = try prepare(Self.deleteTasks)
        deleteAccounts = try prepare(Self.deleteAccounts)
        deleteAllSkipped = try prepare(Self.deleteSkipped)
        deleteForgotten = try prepare("DELETE FROM forgotten WHERE run = ?1")
        deleteRun = try prepare("DELETE FROM run WHERE id = ?1")
    }

    private static let run = """
        SELECT run.id, key, specification, created, calling_account, partition, progress.state, accounts, ready, leased,
            succeeded, failed, role_not_assumed, stop.reason FROM run JOIN progress ON progress.run = run.id
            LEFT JOIN stop ON stop.run = run.id
        """

    // The statements whose plans decide whether the store stays fast; tests look at their plans.

    /// What may be leased of a region of a run, in the order of ids.
    static let readyTasks = """
        SELECT id, account, generation, attempts FROM task INDEXED BY task_ready
            WHERE run = ?1 AND region = ?2 AND state = 0 AND not_before = 0 AND id > ?3 ORDER BY id LIMIT ?4
        """

    /// Leases a task that is ready.
    static let leaseTask = """
        UPDATE task SET state = 1, epoch = ?2, generation = ?3, attempts = ?4
            WHERE id = ?1 AND state = 0 AND not_before = 0
        """

    /// The earliest and the latest moment that tasks of a region wait for.
    static let deferredTasks = """
        SELECT not_before, (SELECT not_before FROM task INDEXED BY task_deferred
                WHERE run = ?1 AND region = ?2 AND state = 0 AND not_before > 0 ORDER BY not_before DESC LIMIT 1)
            FROM task INDEXED BY task_deferred
            WHERE run = ?1 AND region = ?2 AND state = 0 AND not_before > 0 ORDER BY not_before LIMIT 1
        """

    /// Lets tasks join those that may be leased that seem to wait longer than anything does: the wall clock was set back.
    static let promoteFutureTasks = """
        UPDATE task SET not_before = 0 WHERE id IN (
            SELECT id FROM task INDEXED BY task_deferred
                WHERE run = ?1 AND region = ?2 AND state = 0 AND not_before > 0 AND not_before > ?3 LIMIT ?4)
        """

    /// Lets tasks whose time has come join those that may be leased, the longest due first.
    static let promoteTasks = """
        UPDATE task SET not_before = 0 WHERE id IN (
            SELECT id FROM task INDEXED BY task_deferred
                WHERE run = ?1 AND region = ?2 AND state = 0 AND not_before > 0 AND not_before <= ?3
                ORDER BY not_before, id LIMIT ?4)
        """

    /// A stretch of a run's tasks in plan order, with what their leases are.
    static let leasedTasks = """
        SELECT account, region, id, state, epoch, generation FROM task
            WHERE run = ?1 AND (account, region) > (?2, ?3) ORDER BY account, region LIMIT ?4
        """

    private static let record = """
        task.id, task.account, task.region, task.state, task.attempts, task.interrupted, outcome.state, outcome.result,
            outcome.failure, outcome.started, outcome.duration, worker.name
        """

    /// Tasks in plan order; outcomes are looked up for the wanted states only (a bit each).
    static let taskPage = """
        SELECT \(record) FROM task
            LEFT JOIN outcome ON outcome.seq = task.outcome AND task.state >= 2 AND (?4 >> task.state) & 1
            LEFT JOIN worker ON worker.id = outcome.worker
            WHERE task.run = ?1 AND (task.account, task.region) > (?2, ?3)
            ORDER BY task.account, task.region LIMIT ?5
        """

    /// Outcomes in the order of settling, with the number of their task's newest.
    static let outcomePage = """
        SELECT \(record), outcome.seq, task.outcome FROM outcome INDEXED BY outcome_of_run
            CROSS JOIN task ON task.id = outcome.task
            LEFT JOIN worker ON worker.id = outcome.worker
            WHERE outcome.run = ?1 AND outcome.seq > ?2 ORDER BY outcome.seq LIMIT ?3
        """
    // The statements that remove a run: slices of what it left, by the indices that find its rows.

    /// The first outcomes of a run with their sizes.
    static let forgottenOutcomes = """
        SELECT seq, coalesce(length(result), length(failure), 0) FROM outcome INDEXED BY outcome_of_run
            WHERE run = ?1 ORDER BY seq LIMIT ?2
        """

    static let deleteOutcomes = "DELETE FROM outcome INDEXED BY outcome_of_run WHERE run = ?1 AND seq <= ?2"

    static let deleteTasks = """
        DELETE FROM task WHERE id IN (SELECT id FROM task WHERE run = ?1 ORDER BY account, region LIMIT ?2)
        """

    static let deleteAccounts = """
        DELETE FROM account WHERE run = ?1 AND ordinal < (SELECT min(ordinal) FROM account WHERE run = ?1) + ?2
        """

    static let deleteSkipped = """
        DELETE FROM skipped WHERE run = ?1 AND ordinal < (SELECT min(ordinal) FROM skipped WHERE run = ?1) + ?2
        """
}
