// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveCoordinator

/// Workers that go and come back, and coordinators that do.
struct LeaseBookSessionTests {
    private static let ttl = Duration.seconds(60)
    private let start = ContinuousClock.now
    private var book: LeaseBook

    init() { book = LeaseBook(ttl: Self.ttl, now: start) }

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func tokens(_ tasks: ClosedRange<Int>) -> Set<LeaseToken> { Set(Lease.samples(tasks).map(\.token)) }

    private mutating func expired(lookingUntil seconds: Int, from first: Int = 10) -> LeaseBook.Expired {
        var found = LeaseBook.Expired()
        for moment in stride(from: first, through: seconds, by: 10) {
            let more = book.expired(now: at(Double(moment)))
            found.lost.formUnion(more.lost)
            found.unclaimed.formUnion(more.unclaimed)
            found.silent.formUnion(more.silent)
        }
        return found
    }

    /// A session that holds leases of some tasks and whose link has ended.
    private mutating func away(_ session: String, holding tasks: ClosedRange<Int>) {
        let link = book.connect(session: session, now: start).link
        book.request(10, by: link, limit: 100)
        book.grant(Lease.samples(tasks), to: link, now: start)
        book.disconnect(link)
    }

    // MARK: Coming back

    @Test mutating func `the end of a link takes its credit and leaves its leases`() {
        away("s", holding: 1...2)
        #expect(book.count == 2)
        #expect(expired(lookingUntil: 60).lost == tokens(1...2), "they expire as if the link were silent")
        book.ended(tokens(1...2))
        #expect(book.count == 0)
        #expect(book.holders.isEmpty && book.holderOfSession.isEmpty && book.holderOfLink.isEmpty)
    }

    @Test mutating func `a worker that comes back goes on with what it holds`() {
        away("s", holding: 1...3)
        let back = book.connect(session: "s", holding: tokens(1...3), now: at(50))
        #expect(Set(back.kept) == tokens(1...3) && back.lost.isEmpty && back.unseen.isEmpty)
        #expect(book.credit(of: back.link) == 0, "credit belongs to the link")
        #expect(Set(book.tokens(heldBy: back.link)) == tokens(1...3))
        #expect(expired(lookingUntil: 100).lost.isEmpty, "they last a TTL from its return")
        #expect(expired(lookingUntil: 110, from: 110).lost == tokens(1...3))
    }

    @Test mutating func `what a worker does not name it never saw`() {
        away("s", holding: 1...3)
        let back = book.connect(session: "s", holding: tokens(2...2), now: at(1))
        #expect(Set(back.kept) == tokens(2...2))
        #expect(Set(back.unseen) == [Lease.sample(1).token, Lease.sample(3).token])
        #expect(Set(book.tokens(heldBy: back.link)) == tokens(2...2))
        let again = book.connect(session: "s", holding: tokens(1...2), now: at(2))
        #expect(again.lost == [Lease.sample(1).token], "it is on its way back")
        #expect(again.unseen.isEmpty)
    }

    @Test mutating func `what a worker names and does not hold is lost`() {
        away("s", holding: 1...1)
        away("t", holding: 2...2)
        let back = book.connect(session: "s", holding: tokens(1...3), now: at(1))
        #expect(back.kept == [Lease.sample(1).token])
        #expect(back.lost == [Lease.sample(2).token, Lease.sample(3).token], "another's, and nobody's")
    }

    @Test mutating func `a link of a session that has one already takes its place`() {
        let first = book.connect(session: "s", now: start).link
        book.request(5, by: first, limit: 100)
        book.grant([.sample(1)], to: first, now: start)
        let second = book.connect(session: "s", holding: tokens(1...1), now: at(1))
        #expect(second.former == first)
        #expect(!book.isConnected(first) && book.isConnected(second.link))
        #expect(book.credit(of: first) == 0)
        let isGranted = book.granted([.sample(2)], to: first, now: at(1))
        #expect(!isGranted, "nothing is granted to it any more")
        book.renew(first, now: at(50))
        book.disconnect(first)
        #expect(book.isConnected(second.link), "its end changes nothing")
        #expect(expired(lookingUntil: 60).lost.isEmpty)
        #expect(expired(lookingUntil: 70, from: 70).lost == tokens(1...1), "its words count no longer")
    }

    @Test mutating func `a silent link is given up, unless its worker cannot come back or is kept waiting`() {
        let silent = book.connect(session: "s", now: start).link
        let heard = book.connect(session: "t", now: start).link
        let waiting = book.connect(session: "u", now: start).link
        _ = book.connect(now: start)
        book.keep(waiting, waiting: true, now: start)
        #expect(expired(lookingUntil: 50).silent == [])
        book.renew(heard, now: at(50))
        #expect(book.expired(now: at(60)).silent == [silent])
        book.disconnect(silent)
        #expect(book.expired(now: at(70)).silent == [])
    }

    @Test mutating func `a worker without a session never comes back`() {
        let link = book.connect(now: start).link
        book.grant([.sample(1)], to: link, now: start)
        book.disconnect(link)
        let other = book.connect(holding: tokens(1...1), now: at(1))
        #expect(other.lost == [Lease.sample(1).token] && other.former == nil)
    }

    @Test mutating func `a session that holds nothing is forgotten with its link`() {
        let link = book.connect(session: "s", now: start).link
        book.disconnect(link)
        #expect(!book.knows(link))
        #expect(book.holders.isEmpty && book.holderOfSession.isEmpty && book.holderOfLink.isEmpty)
    }

    // MARK: Former owners

    private mutating func wait(for tasks: ClosedRange<Int>, now: ContinuousClock.Instant) {
        book.wait(for: Lease.samples(tasks).map { FormerLease(token: $0.token, run: $0.run) }, now: now)
    }

    @Test mutating func `leases of a former owner wait a TTL and are then given back`() {
        wait(for: 1...2, now: start)
        #expect(book.count == 2 && book.count(of: .sample(1)) == 2)
        #expect(expired(lookingUntil: 50) == LeaseBook.Expired())
        #expect(book.expired(now: at(59.999)) == LeaseBook.Expired())
        #expect(book.expired(now: at(60)) == LeaseBook.Expired(unclaimed: tokens(1...2)))
        #expect(book.expired(now: at(70)) == LeaseBook.Expired(), "once")
        let late = book.connect(session: "s", holding: tokens(1...1), now: at(70))
        #expect(late.lost == [Lease.sample(1).token])
        book.ended(tokens(1...2))
        #expect(book.count == 0 && book.running(of: .sample(1)) == 0)
    }

    @Test mutating func `a worker that comes back to a new owner goes on with what it holds`() {
        wait(for: 1...3, now: start)
        let back = book.connect(session: "s", holding: tokens(1...2), now: at(40))
        #expect(Set(back.kept) == tokens(1...2) && back.unseen.isEmpty)
        #expect(book.count(of: .sample(1)) == 3)
        #expect(expired(lookingUntil: 60) == LeaseBook.Expired(unclaimed: tokens(3...3)))
        #expect(expired(lookingUntil: 90, from: 70) == LeaseBook.Expired())
        #expect(expired(lookingUntil: 100, from: 100).lost == tokens(1...2), "from then on it is heard or not")
    }

    @Test mutating func `a lease is claimed once`() {
        wait(for: 1...1, now: start)
        #expect(book.connect(session: "s", holding: tokens(1...1), now: at(1)).kept.count == 1)
        #expect(book.connect(session: "t", holding: tokens(1...1), now: at(2)).lost.count == 1)
    }

    @Test mutating func `a report of a lease that nobody claimed ends it`() {
        wait(for: 1...2, now: start)
        book.ending(tokens(1...1))
        #expect(book.running(of: .sample(1)) == 1)
        #expect(expired(lookingUntil: 60).unclaimed == tokens(2...2))
        book.ended(tokens(1...2))
        #expect(book.count == 0)
    }

    @Test mutating func `time that was lost is added to the grace`() {
        wait(for: 1...1, now: start)
        #expect(book.expired(now: at(10)) == LeaseBook.Expired())
        #expect(book.expired(now: at(100)) == LeaseBook.Expired(), "nobody looked for half a TTL")
        #expect(expired(lookingUntil: 150, from: 110) == LeaseBook.Expired())
        #expect(expired(lookingUntil: 160, from: 160).unclaimed == tokens(1...1))
    }
}
