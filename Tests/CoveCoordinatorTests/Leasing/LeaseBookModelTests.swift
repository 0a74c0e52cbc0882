// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import Testing

@testable import CoveCoordinator

/// The lease book beside the simplest thing that could be right: a list of leases with their owners.
struct LeaseBookModelTests {
    /// Who has a lease: a session, or nobody yet since a former owner of the store granted it.
    private enum Owner: Hashable {
        case session(Int)
        case formerStore
    }

    private struct ModelLease {
        let lease: Lease
        var owner: Owner
        var grantedAt: ContinuousClock.Instant
        var isEnding = false
    }

    private struct ModelSession {
        /// nil when it is not connected.
        var link: Int?
        var credit = 0
        var renewedAt: ContinuousClock.Instant
        var isKeptWaiting = false
    }

    /// The book, its model, and random steps on both.
    private struct Walk {
        static let ttl = Duration.seconds(8)
        static let limit = 20

        var generator: SeededGenerator
        var now = ContinuousClock.now
        var book: LeaseBook
        /// Five workers, by number; one that was never here is not in it.
        var sessions: [Int: ModelSession] = [:]
        var closedLinks: Set<Int> = []
        var leases: [ModelLease] = []
        var lastLook: ContinuousClock.Instant
        var graceEnd: ContinuousClock.Instant
        var nextTask = 1

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            book = LeaseBook(ttl: Self.ttl, now: now)
            lastLook = now
            graceEnd = now + Self.ttl
            let former = (0..<10).map { _ in newLease() }
            book.wait(for: former.map { FormerLease(token: $0.token, run: $0.run) }, now: now)
            leases = former.map { ModelLease(lease: $0, owner: .formerStore, grantedAt: now) }
        }

        private mutating func newLease() -> Lease {
            defer { nextTask += 1 }
            return .sample(nextTask, run: Int.random(in: 1...3, using: &generator))
        }

        mutating func step() {
            switch Int.random(in: 0..<14, using: &generator) {
            case 0, 1: connect()
            case 2: disconnect()
            case 3, 4: request()
            case 5, 6: grant()
            case 7: end()
            case 8: beginToEnd()
            case 9: renew()
            case 10: keep()
            case 11: speakOnClosedLink()
            default: look()
            }
        }

        private mutating func anyConnected() -> Int? {
            sessions.filter { $0.value.link != nil }.keys.sorted().randomElement(using: &generator)
        }

        private func indices(_ isMeant: (ModelLease) -> Bool) -> [Int] { leases.indices.filter { isMeant(leases[$0]) } }

        private mutating func connect() {
            let number = Int.random(in: 1...5, using: &generator)
            // It names some of its own, some of former owners, some of others, and some that are not out.
            var held = Set(leases.map(\.lease.token).filter { _ in Int.random(in: 0..<3, using: &generator) == 0 })
            held.insert(LeaseToken(task: TaskID(Int64.random(in: 1...100, using: &generator)), epoch: 9, generation: 9))
            let arrival = book.connect(session: "session \(number)", holding: held, now: now)
            #expect(!closedLinks.contains(arrival.link))
            #expect(!sessions.values.contains { $0.link == arrival.link }, "a link's number is never given twice")
            if let former = sessions[number]?.link {
                #expect(arrival.former == former)
                closedLinks.insert(former)
            }
            sessions[number] = ModelSession(link: arrival.link, renewedAt: now)
            let own = indices { $0.owner == .session(number) && !$0.isEnding }
            let claimed = indices { $0.owner == .formerStore && !$0.isEnding && held.contains($0.lease.token) }
            let kept = Set((own + claimed).map { leases[$0].lease.token }).intersection(held)
            #expect(Set(arrival.kept) == kept && arrival.kept.count == kept.count)
            #expect(Set(arrival.lost) == held.subtracting(kept) && arrival.lost.count == held.count - kept.count)
            let unseen = Set(own.map { leases[$0].lease.token }).subtracting(held)
            #expect(Set(arrival.unseen) == unseen && arrival.unseen.count == unseen.count)
            for index in claimed {
                leases[index].owner = .session(number)
                leases[index].grantedAt = now
            }
            for index in own where unseen.contains(leases[index].lease.token) { leases[index].isEnding = true }
        }

        private mutating func disconnect() {
            guard let number = anyConnected(), let link = sessions[number]?.link else { return }
            book.disconnect(link)
            closedLinks.insert(link)
            sessions[number]?.link = nil
            sessions[number]?.credit = 0
            sessions[number]?.isKeptWaiting = false
        }

        private mutating func request() {
            guard let number = anyConnected(), let session = sessions[number], let link = session.link else { return }
            let want = Int.random(in: -2...15, using: &generator)
            book.request(want, by: link, limit: Self.limit)
            sessions[number]?.credit = min(Self.limit, session.credit + max(0, want))
        }

        private mutating func grant() {
            guard let number = anyConnected(), let session = sessions[number], let link = session.link,
                session.credit > 0
            else { return }
            let granted = (0..<Int.random(in: 1...session.credit, using: &generator)).map { _ in newLease() }
            let isGranted = book.granted(granted, to: link, now: now)
            #expect(isGranted)
            sessions[number]?.credit -= granted.count
            leases += granted.map { ModelLease(lease: $0, owner: .session(number), grantedAt: now) }
        }

        private mutating func some() -> [LeaseToken] {
            leases.map(\.lease.token).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
        }

        private mutating func end() {
            let ended = some()
            book.ended(ended)
            leases.removeAll { ended.contains($0.lease.token) }
        }

        private mutating func beginToEnd() {
            let tokens = some()
            let isTakenBack = Bool.random(using: &generator)
            if isTakenBack { book.notEnding(tokens) } else { book.ending(tokens) }
            for index in indices({ tokens.contains($0.lease.token) }) { leases[index].isEnding = !isTakenBack }
        }

        private mutating func renew() {
            guard let number = anyConnected(), let link = sessions[number]?.link else { return }
            book.renew(link, now: now)
            sessions[number]?.renewedAt = now
        }

        private mutating func keep() {
            guard let number = anyConnected(), let link = sessions[number]?.link else { return }
            let isWaiting = Bool.random(using: &generator)
            book.keep(link, waiting: isWaiting, now: now)
            sessions[number]?.renewedAt = now
            sessions[number]?.isKeptWaiting = isWaiting
        }

        private mutating func speakOnClosedLink() {
            guard let link = closedLinks.sorted().randomElement(using: &generator) else { return }
            book.renew(link, now: now)
            book.request(5, by: link, limit: Self.limit)
            let isGranted = book.granted([.sample(nextTask)], to: link, now: now)
            #expect(!isGranted)
            book.disconnect(link)
        }

        private mutating func look() {
            now += .milliseconds(Int.random(in: 0...5_000, using: &generator))
            let isJump = now - lastLook > Self.ttl / 2
            lastLook = now
            var expected = LeaseBook.Expired()
            if isJump {
                for number in sessions.keys { sessions[number]?.renewedAt = now }
                graceEnd = max(graceEnd, now + Self.ttl)
            } else {
                for held in leases where !held.isEnding {
                    switch held.owner {
                    case .formerStore: if now >= graceEnd { expected.unclaimed.insert(held.lease.token) }
                    case .session(let number):
                        guard let session = sessions[number], !session.isKeptWaiting,
                            now - session.renewedAt >= Self.ttl, now - held.grantedAt >= Self.ttl
                        else { continue }
                        expected.lost.insert(held.lease.token)
                    }
                }
                for session in sessions.values where !session.isKeptWaiting && now - session.renewedAt >= Self.ttl {
                    if let link = session.link { expected.silent.insert(link) }
                }
            }
            #expect(book.expired(now: now) == expected)
            for index in indices({ expected.lost.union(expected.unclaimed).contains($0.lease.token) }) {
                leases[index].isEnding = true
            }
        }

        func check() {
            #expect(book.count == leases.count)
            for run in 1...3 {
                let ofRun = leases.filter { $0.lease.run == .sample(run) }
                #expect(book.count(of: .sample(run)) == ofRun.count)
                #expect(book.running(of: .sample(run)) == ofRun.filter { !$0.isEnding }.count)
            }
            for held in leases { #expect(book.run(of: held.lease.token) == held.lease.run) }
            var found = 0
            for (number, session) in sessions {
                let own = leases.filter { $0.owner == .session(number) }
                found += own.count
                guard let link = session.link else { continue }
                #expect(book.credit(of: link) == session.credit)
                #expect(book.count(heldBy: link) == own.count)
                #expect(Set(book.tokens(heldBy: link)) == Set(own.filter { !$0.isEnding }.map(\.lease.token)))
            }
            #expect(found + leases.filter { $0.owner == .formerStore }.count == leases.count)
            // What is remembered is what is connected or holds something.
            let remembered = sessions.filter { number, session in
                session.link != nil || leases.contains { $0.owner == .session(number) }
            }
            #expect(book.holders.count == remembered.count && book.holderOfSession.count == remembered.count)
            #expect(book.holderOfLink.count == remembered.count)
        }
    }

    @Test(arguments: 1...24 as ClosedRange<UInt64>)
    func `any course of events leaves the book as the model says`(_ seed: UInt64) {
        var walk = Walk(seed: seed)
        for _ in 0..<300 {
            walk.step()
            walk.check()
        }
    }
}
