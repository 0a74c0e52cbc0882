// SPDX-License-Identifier: Apache-2.0

/// Finds the names that may have been meant by one that does not exist.
enum NearNames {
    /// At most three names, the nearest first.
    static func of(_ name: String, among names: [String]) -> [String] {
        let wanted = plain(name)
        let limit = max(2, wanted.count / 3)
        let ranked = names.map { ($0, distance(wanted, plain($0), limit: limit)) }
            .filter { $0.1 <= limit || plain($0.0).starts(with: wanted) }
        return ranked.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3).map(\.0)
    }

    private static func plain(_ name: String) -> [UInt8] {
        Array(name.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") })
    }

    /// How many insertions, deletions and replacements lie between two names (Levenshtein); more than `limit` where it is more.
    private static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        guard abs(left.count - right.count) <= limit else { return limit + 1 }
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var previous = row[0]
            row[0] = index + 1
            for column in right.indices {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, previous + (right[column] == byte ? 0 : 1))
                previous = above
            }
        }
        return row[right.count]
    }
}
