// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveCoordinator

/// Merging the ready tasks of regions.
@Suite struct RegionMergeTests {
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `the first of all regions come, in order, and little more is read`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let regions = Array(0..<Int.random(in: 0..<20, using: &generator))
        var ids: [Int: [Int64]] = [:]
        for id in Int64(1)...Int64.random(in: 1...600, using: &generator) {
            // Some regions hold most, as when others are exhausted.
            let region = Int.random(
                in: 0..<max(1, Bool.random(using: &generator) ? 2 : regions.count), using: &generator)
            ids[region, default: []].append(id)
        }
        let limit = Int.random(in: 0..<300, using: &generator)
        var read = 0
        let found = try RegionMerge.first(limit, of: regions) { region, after, limit in
            let part = ids[region, default: []].filter { $0 > after }.prefix(limit)
            read += part.count
            return part.map { ReadyTask(id: $0, account: 0, region: region, generation: 0, attempts: 0) }
        }
        #expect(found.map(\.id) == Array(regions.flatMap { ids[$0, default: []] }.sorted().prefix(limit)))
        #expect(read <= 4 * limit + 2 * regions.count)
    }
}
