// SPDX-License-Identifier: Apache-2.0

/// The tables of the SQLite store, version by version.
///
/// A version that was released is never edited: a change is a further version. `PRAGMA user_version` is the number of the last
/// one that was applied. Counters stand beside the runs, not in them, because SQLite writes a row anew when a column changes.
enum StoreSchema {
    /// What `PRAGMA application_id` holds: "Cove".
    static let applicationID: Int64 = 0x436F_7665

    /// The statements of each version, the first version first.
    static let versions: [[String]] = [firstVersion, secondVersion, thirdVersion]

    private static let firstVersion = [
        """
        CREATE TABLE meta(
            key TEXT PRIMARY KEY,
            value ANY NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE run(
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            specification TEXT NOT NULL,
            created INTEGER NOT NULL,
            calling_account TEXT,
            partition TEXT
        ) STRICT
        """,
        // RunState; how many accounts have tasks; how many tasks are in each TaskState.
        """
        CREATE TABLE progress(
            run INTEGER PRIMARY KEY REFERENCES run(id),
            state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 2),
            accounts INTEGER NOT NULL DEFAULT 0,
            ready INTEGER NOT NULL DEFAULT 0 CHECK(ready >= 0),
            leased INTEGER NOT NULL DEFAULT 0 CHECK(leased >= 0),
            succeeded INTEGER NOT NULL DEFAULT 0 CHECK(succeeded >= 0),
            failed INTEGER NOT NULL DEFAULT 0 CHECK(failed >= 0),
            role_not_assumed INTEGER NOT NULL DEFAULT 0 CHECK(role_not_assumed >= 0)
        ) STRICT
        """,
        """
        CREATE TABLE account(
            run INTEGER NOT NULL REFERENCES run(id),
            ordinal INTEGER NOT NULL,
            id TEXT NOT NULL,
            name TEXT,
            arn TEXT,
            email TEXT,
            status TEXT,
            state TEXT,
            PRIMARY KEY(run, ordinal),
            UNIQUE(run, id)
        ) STRICT, WITHOUT ROWID
        """,
        // reason: 0 the calling account, 1 ignored, 2 not active (detail is the state that Organizations gave).
        """
        CREATE TABLE skipped(
            run INTEGER NOT NULL REFERENCES run(id),
            ordinal INTEGER NOT NULL,
            id TEXT NOT NULL,
            name TEXT,
            arn TEXT,
            email TEXT,
            status TEXT,
            state TEXT,
            reason INTEGER NOT NULL CHECK(reason BETWEEN 0 AND 2),
            detail TEXT,
            PRIMARY KEY(run, ordinal),
            UNIQUE(run, id)
        ) STRICT, WITHOUT ROWID
        """,
        // account and region are numbers in the run's plan; epoch and generation are those of the newest lease; outcome is
        // the newest one, also of a task that is to be tried again. A task's id is never given to another: it is above every
        // id there is and above `last_task` in meta, which is written before tasks are deleted.
        """
        CREATE TABLE task(
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL,
            account INTEGER NOT NULL,
            region INTEGER NOT NULL,
            state INTEGER NOT NULL DEFAULT 0 CHECK(state BETWEEN 0 AND 4),
            epoch INTEGER NOT NULL DEFAULT 0,
            generation INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0 CHECK(attempts >= 0),
            losses INTEGER NOT NULL DEFAULT 0,
            deferrals INTEGER NOT NULL DEFAULT 0,
            not_before INTEGER NOT NULL DEFAULT 0,
            interrupted INTEGER NOT NULL DEFAULT 0 CHECK(interrupted BETWEEN 0 AND 1),
            outcome INTEGER,
            UNIQUE(run, account, region),
            FOREIGN KEY(run, account) REFERENCES account(run, ordinal)
        ) STRICT
        """,
        // What may be leased now, in the order of ids; what waits for its time is in an index of its own, so that
        // granting never walks over it.
        "CREATE INDEX task_ready ON task(run) WHERE state = 0 AND not_before = 0",
        "CREATE INDEX task_deferred ON task(run, not_before) WHERE state = 0 AND not_before > 0",
        """
        CREATE TABLE worker(
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT
        """,
        // Every settlement, never changed; epoch and generation are the token's, previous is the task's outcome before a
        // retry, settled is by the coordinator's clock and started by the worker's.
        """
        CREATE TABLE outcome(
            seq INTEGER PRIMARY KEY,
            run INTEGER NOT NULL,
            task INTEGER NOT NULL REFERENCES task(id),
            previous INTEGER,
            state INTEGER NOT NULL CHECK(state BETWEEN 2 AND 4),
            epoch INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            settled INTEGER NOT NULL,
            started INTEGER,
            duration INTEGER,
            worker INTEGER REFERENCES worker(id),
            failure TEXT,
            result BLOB
        ) STRICT
        """,
        "CREATE INDEX outcome_of_run ON outcome(run)",
    ]
    /// A coordinator's store: runs that are stopped, workers that serve some regions only, runs that are forgotten.
    private static let secondVersion = [
        // Why nothing of a run is granted: StopReason as JSON. No row, no stop.
        """
        CREATE TABLE stop(
            run INTEGER PRIMARY KEY REFERENCES run(id),
            reason TEXT NOT NULL
        ) STRICT
        """,
        // Runs whose rows are still to be removed. They have no progress any more, so nothing that reads finds them; their
        // rows in run hold their numbers until the last of theirs is gone.
        """
        CREATE TABLE forgotten(
            run INTEGER PRIMARY KEY REFERENCES run(id)
        ) STRICT
        """,
        // By region, so that a worker that serves one does not walk over the tasks of the others.
        "DROP INDEX task_ready",
        "CREATE INDEX task_ready ON task(run, region) WHERE state = 0 AND not_before = 0",
        "DROP INDEX task_deferred",
        "CREATE INDEX task_deferred ON task(run, region, not_before) WHERE state = 0 AND not_before > 0",
    ]
    /// What travels with runs.
    private static let thirdVersion = [
        // stored is how many bytes are there, from the beginning; whole says that they are all there and verified. touched is when
        // somebody last wanted it, 0 when it is to be removed unless a run uses it.
        """
        CREATE TABLE artefact(
            id INTEGER PRIMARY KEY,
            digest TEXT NOT NULL,
            size INTEGER NOT NULL CHECK(size > 0),
            stored INTEGER NOT NULL DEFAULT 0 CHECK(stored BETWEEN 0 AND size),
            whole INTEGER NOT NULL DEFAULT 0 CHECK(whole BETWEEN 0 AND 1 AND (whole = 0 OR stored = size)),
            touched INTEGER NOT NULL,
            UNIQUE(digest, size)
        ) STRICT
        """,
        """
        CREATE TABLE artefact_part(
            id INTEGER PRIMARY KEY,
            artefact INTEGER NOT NULL REFERENCES artefact(id),
            start INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            UNIQUE(artefact, start)
        ) STRICT
        """,
        // Which run uses which.
        """
        CREATE TABLE run_artefact(
            run INTEGER PRIMARY KEY REFERENCES run(id),
            artefact INTEGER NOT NULL REFERENCES artefact(id)
        ) STRICT
        """,
        "CREATE INDEX artefact_use ON run_artefact(artefact)",
    ]
}
