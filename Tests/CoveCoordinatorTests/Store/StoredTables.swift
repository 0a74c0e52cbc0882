// SPDX-License-Identifier: Apache-2.0

import GRDB

@testable import CoveCoordinator

/// A look into a closed store's tables past the store. Never at an open one: closing the file would drop its locks.
struct StoredTables {
    private let database: DatabaseQueue

    init(of place: TemporaryFolder) throws { try self.init(path: StoreFolder(place.path).database) }

    init(path: String) throws { database = try DatabaseQueue(path: path) }

    /// A row a run: accounts, then tasks by state, as they are counted in the tables.
    var recounted: [[Int]] {
        get throws {
            try rows(
                """
                SELECT run.id, (SELECT count(*) FROM account WHERE account.run = run.id),
                    count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2),
                    count(*) FILTER (WHERE state = 3), count(*) FILTER (WHERE state = 4)
                    FROM run LEFT JOIN task ON task.run = run.id GROUP BY run.id ORDER BY run.id
                """)
        }
    }

    /// The same as the store keeps it.
    var progress: [[Int]] {
        get throws {
            try rows(
                "SELECT run, accounts, ready, leased, succeeded, failed, role_not_assumed FROM progress ORDER BY run")
        }
    }

    func rows(_ sql: String) throws -> [[Int]] {
        try database.read { database in
            try Row.fetchAll(database, sql: sql).map { row in
                (0..<row.count).map { (row[$0] as Int?) ?? -1 }
            }
        }
    }

    func text(_ sql: String) throws -> String? { try database.read { try String.fetchOne($0, sql: sql) } }

    func execute(_ sql: String) throws { try database.write { try $0.execute(sql: sql) } }
}
