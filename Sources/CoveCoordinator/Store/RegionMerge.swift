// SPDX-License-Identifier: Apache-2.0

/// Finds the first tasks of several regions, each of which can be read in the order of ids.
///
/// It reads little more of each region than it takes from it: an equal part at first, twice as much whenever that was too
/// little. So the cost depends on how much is wanted and of how many regions, and not on how many tasks wait.
struct RegionMerge {
    /// Reads up to `limit` ids of a region above `id`, in order.
    typealias Read = (_ region: Int, _ id: Int64, _ limit: Int) throws -> [Int64]

    /// What was read of a region and is not taken yet; never empty.
    private struct Lane {
        let region: Int
        var ids: ArraySlice<Int64>
        /// How much was asked for last; a region that gave less has no more.
        let asked: Int
        let gave: Int

        init?(region: Int, after id: Int64, asking asked: Int, _ read: Read) throws {
            let ids = try read(region, id, asked)
            guard !ids.isEmpty else { return nil }
            self.region = region
            self.ids = ids[...]
            self.asked = asked
            gave = ids.count
        }
    }

    /// The smallest ids of the regions, `limit` at most, in order.
    static func first(_ limit: Int, of regions: [Int], read: Read) throws -> [Int64] {
        guard limit > 0, let first = regions.first else { return [] }
        if regions.count == 1 { return try read(first, 0, limit) }
        let part = (limit - 1) / regions.count + 2
        var lanes = try regions.compactMap { try Lane(region: $0, after: 0, asking: part, read) }
        var found: [Int64] = []
        while found.count < limit, let index = indexOfSmallest(in: lanes) {
            let id = lanes[index].ids.removeFirst()
            found.append(id)
            guard lanes[index].ids.isEmpty else { continue }
            let spent = lanes[index]
            let wanted = min(2 * spent.asked, limit - found.count)
            if spent.gave == spent.asked, wanted > 0,
                let more = try Lane(region: spent.region, after: id, asking: wanted, read)
            {
                lanes[index] = more
            } else {
                lanes.remove(at: index)
            }
        }
        return found
    }

    private static func indexOfSmallest(in lanes: [Lane]) -> Int? {
        var smallest: (id: Int64, index: Int)?
        for index in lanes.indices {
            guard let id = lanes[index].ids.first, id < smallest?.id ?? .max else { continue }
            smallest = (id, index)
        }
        return smallest?.index
    }
}
