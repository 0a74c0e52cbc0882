// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import Testing

@testable import CoveCoordinator

/// The lease book beside the simplest thing that could be right: a list of leases.
struct LeaseBookModelTests {
    private struct ModelLease {
        let lease: Lease
        let link: Int
        let grantedAt: ContinuousClock.Instant
    }

    private struct ModelLink {
        var credit = 0
        var renewedAt: ContinuousClock.Instant
        var isConnected = true
    }

    /// The book, its model, and random steps on both.
    private struct Walk {
        static let ttl = Duration.seconds(8)
        static let limit = 20

        var generator: SeededGenerator
        var now = ContinuousClock.now
        var book: LeaseBook
        var links: [Int: ModelLink] = [:]
        var leases: [ModelLease] = []
        var lastLook: ContinuousClock.Instant
        var nextTask = 1

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            book = LeaseBook(ttl: Self.ttl, now: now)
            lastLook = now
        }

        mutating func step() {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: connect()
            case 1: disconnect()
            case 2, 3: request()
            case 4, 5: grant()
            case 6: end()
            case 7: renew()
            default: look()
            }
        }

        private mutating func anyLink() -> Int? { links.keys.sorted().randomElement(using: &generator) }

        private mutating func connect() {
            guard links.values.filter(\.isConnected).count < 4 else { return }
            let link = book.connect(now: now)
            #expect(links[link] == nil, "a link's number is never given twice")
            links[link] = ModelLink(renewedAt: now)
        }

        private mutating func disconnect() {
            guard let link = anyLink() else { return }
            book.disconnect(link)
            links[link]?.isConnected = false
            links[link]?.credit = 0
        }

        private mutating func request() {
            guard let link = anyLink(), links[link]?.isConnected == true else { return }
            let want = Int.random(in: -2...15, using: &generator)
            book.request(want, by: link, limit: Self.limit)
            let credit = links[link]?.credit ?? 0
            links[link]?.credit = min(Self.limit, credit + max(0, want))
        }

        private mutating func grant() {
            guard let link = anyLink(), let credit = links[link]?.credit, links[link]?.isConnected == true, credit > 0
            else { return }
            let count = Int.random(in: 1...credit, using: &generator)
            let granted = (0..<count).map { index in
                Lease.sample(nextTask + index, run: Int.random(in: 1...3, using: &generator))
            }
            nextTask += count
            book.granted(granted, to: link, now: now)
            links[link]?.credit -= count
            leases += granted.map { ModelLease(lease: $0, link: link, grantedAt: now) }
        }

        private mutating func end() {
            let ended = leases.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }.map(\.lease.token)
            book.ended(ended)
            leases.removeAll { ended.contains($0.lease.token) }
        }

        private mutating func renew() {
            guard let link = anyLink(), links[link]?.isConnected == true else { return }
            book.renew(link, now: now)
            links[link]?.renewedAt = now
        }

        private mutating func look() {
            now += .milliseconds(Int.random(in: 0...5_000, using: &generator))
            let isJump = now - lastLook > Self.ttl / 2
            lastLook = now
            var expected: Set<LeaseToken> = []
            if isJump {
                for link in links.keys { links[link]?.renewedAt = now }
            } else {
                for held in leases where now - held.grantedAt >= Self.ttl {
                    guard let link = links[held.link], now - link.renewedAt >= Self.ttl else { continue }
                    expected.insert(held.lease.token)
                }
            }
            let expired = book.expired(now: now)
            #expect(Set(expired) == expected)
            #expect(Set(expired).count == expired.count)
            book.ended(expired)
            leases.removeAll { expected.contains($0.lease.token) }
        }

        func check() {
            #expect(book.count == leases.count)
            for run in 1...3 {
                let ofRun = leases.filter { $0.lease.run == .sample(run) }
                #expect(book.count(of: .sample(run)) == ofRun.count)
                let expected = Dictionary(grouping: ofRun, by: \.link).mapValues { Set($0.map(\.lease.token)) }
                #expect(book.tokens(of: .sample(run)).mapValues(Set.init) == expected)
            }
            for (number, link) in links {
                #expect(book.credit(of: number) == link.credit)
                #expect(Set(book.tokens(heldBy: number)) == Set(leases.filter { $0.link == number }.map(\.lease.token)))
            }
        }
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `any course of events leaves the book as the model says`(_ seed: UInt64) {
        var walk = Walk(seed: seed)
        for _ in 0..<400 {
            walk.step()
            walk.check()
        }
    }
}
