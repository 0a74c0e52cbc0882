// SPDX-License-Identifier: Apache-2.0

/// The statements that are about artefacts.
struct ArtefactStatements {
    let find, insert, touch, size, findPart, insertPart, grow, complete: StoreStatement
    let use, unuse, giveUpOld, unused, deleteParts, delete: StoreStatement

    init(on connection: OpaquePointer) throws(SQLiteFailure) {
        func prepare(_ sql: String) throws(SQLiteFailure) -> StoreStatement { try StoreStatement(sql, on: connection) }
        find = try prepare("SELECT id, stored, whole FROM artefact WHERE digest = ?1 AND size = ?2")
        insert = try prepare("INSERT INTO artefact(digest, size, touched) VALUES (?1, ?2, ?3)")
        touch = try prepare("UPDATE artefact SET touched = ?2 WHERE id = ?1")
        size = try prepare(
            "SELECT coalesce(sum(size), 0), coalesce(sum(CASE WHEN whole = 1 THEN 0 ELSE size END), 0) FROM artefact")
        findPart = try prepare(
            """
            SELECT start, bytes FROM artefact_part WHERE artefact = ?1 AND start <= ?2
                AND (NOT ?3 OR EXISTS (SELECT 1 FROM run_artefact WHERE run_artefact.artefact = ?1))
                ORDER BY start DESC LIMIT 1
            """)
        insertPart = try prepare("INSERT INTO artefact_part(artefact, start, bytes) VALUES (?1, ?2, ?3)")
        grow = try prepare("UPDATE artefact SET stored = stored + ?2, touched = ?3 WHERE id = ?1")
        complete = try prepare("UPDATE artefact SET whole = 1 WHERE id = ?1 AND stored = size")
        use = try prepare("INSERT INTO run_artefact(run, artefact) VALUES (?1, ?2)")
        unuse = try prepare("DELETE FROM run_artefact WHERE run = ?1")
        giveUpOld = try prepare(
            """
            UPDATE artefact SET touched = 0 WHERE (touched < CASE whole WHEN 1 THEN ?1 ELSE ?3 END OR touched > ?2)
                AND NOT EXISTS (SELECT 1 FROM run_artefact WHERE run_artefact.artefact = artefact.id)
            """)
        unused = try prepare(
            """
            SELECT id FROM artefact WHERE touched = 0
                AND NOT EXISTS (SELECT 1 FROM run_artefact WHERE run_artefact.artefact = artefact.id) LIMIT 1
            """)
        deleteParts = try prepare("DELETE FROM artefact_part WHERE artefact = ?1")
        delete = try prepare("DELETE FROM artefact WHERE id = ?1")
    }
}
