// SPDX-License-Identifier: Apache-2.0

/// A task that may be leased.
struct ReadyTask: Equatable {
    let id: Int64
    /// Its account's number in the run's plan.
    let account: Int64
    /// Its region's number in the run's list.
    let region: Int
    /// The generation of its newest lease.
    let generation: Int64
    let attempts: Int
}

/// Finds the first tasks of several regions, each of which can be read in the order of ids.
///
/// It reads little more than it takes: two tasks of each region at first, because mostly few regions hold the lowest ids, and three
/// times as many of a region whenever that was too little. So the cost depends on how much is wanted and of how many regions, and
/// not on how many tasks wait.
struct RegionMerge {
    /// Reads up to `limit` tasks of a region whose ids are above `id`, in order.
    typealias Read = (_ region: Int, _ id: Int64, _ limit: Int) throws -> [ReadyTask]

    private static let firstPart = 2
    private static let growth = 3

    /// What was read of a region and is not taken yet; never empty.
    private struct Lane {
        let region: Int
        private let tasks: [ReadyTask]
        private var place = 0
        /// How much was asked for; a region that gave less has no more.
        let asked: Int

        init?(region: Int, after id: Int64, asking asked: Int, _ read: Read) throws {
            tasks = try read(region, id, asked)
            guard !tasks.isEmpty else { return nil }
            self.region = region
            self.asked = asked
        }

        var next: ReadyTask { tasks[place] }
        var mayHaveMore: Bool { tasks.count == asked }

        /// Goes to the next task; false when all were taken.
        mutating func advance() -> Bool {
            place += 1
            return place < tasks.count
        }
    }

    /// The tasks of the regions with the smallest ids, `limit` at most, in order.
    static func first(_ limit: Int, of regions: [Int], read: Read) throws -> [ReadyTask] {
        guard limit > 0, let first = regions.first else { return [] }
        if regions.count == 1 { return try read(first, 0, limit) }
        var lanes = try regions.compactMap { try Lane(region: $0, after: 0, asking: min(firstPart, limit), read) }
        var found: [ReadyTask] = []
        while found.count < limit, let index = indexOfSmallest(in: lanes) {
            let task = lanes[index].next
            found.append(task)
            if lanes[index].advance() { continue }
            let wanted = min(growth * lanes[index].asked, limit - found.count)
            if lanes[index].mayHaveMore, wanted > 0,
                let more = try Lane(region: task.region, after: task.id, asking: wanted, read)
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
        for index in lanes.indices where lanes[index].next.id < smallest?.id ?? .max {
            smallest = (lanes[index].next.id, index)
        }
        return smallest?.index
    }
}
