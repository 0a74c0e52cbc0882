// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveCoordinator

/// Credit, time and counting in the lease book; what sessions do is in `LeaseBookSessionTests`.
struct LeaseBookTests {
    private static let ttl = Duration.seconds(60)
    private let start = ContinuousClock.now
    private var book: LeaseBook

    init() { book = LeaseBook(ttl: Self.ttl, now: start) }

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// The tokens that expire when the book is looked at every ten seconds up to a moment.
    private mutating func expired(lookingUntil seconds: Int, from first: Int = 10) -> Set<LeaseToken> {
        var found: Set<LeaseToken> = []
        for moment in stride(from: first, through: seconds, by: 10) {
            found.formUnion(book.expired(now: at(Double(moment))).lost)
        }
        return found
    }

    @Test mutating func `a link has no credit until it asks, and what was granted is used up`() {
        let link = book.connect(now: start).link
        #expect(book.credit(of: link) == 0)
        book.request(5, by: link, limit: 100)
        book.request(3, by: link, limit: 100)
        #expect(book.credit(of: link) == 8)
        book.grant(Lease.samples(1...6), to: link, now: start)
        #expect(book.credit(of: link) == 2)
        #expect(book.count == 6)
    }

    @Test(arguments: [
        (want: [0], credit: 0), ([-3], 0), ([4, -3], 4), ([101], 100), ([60, 60], 100), ([.max, .max], 100),
    ])
    func `credit stays between nothing and the limit`(_ row: (want: [Int], credit: Int)) {
        var book = book
        let link = book.connect(now: start).link
        for want in row.want { book.request(want, by: link, limit: 100) }
        #expect(book.credit(of: link) == row.credit)
        book.withdrawCredit(of: link)
        #expect(book.credit(of: link) == 0)
    }

    @Test mutating func `an unknown link has no credit and cannot be granted anything`() {
        book.request(5, by: 17, limit: 100)
        let isGranted = book.granted(Lease.samples(1...2), to: 17, now: start)
        book.renew(17, now: start)
        book.keep(17, waiting: true, now: start)
        book.disconnect(17)
        #expect(!isGranted)
        #expect(book.credit(of: 17) == 0)
        #expect(book.count == 0)
        #expect(book.tokens(heldBy: 17).isEmpty)
    }

    @Test mutating func `more leases than credit leave no debt`() {
        let link = book.connect(now: start).link
        book.request(1, by: link, limit: 100)
        book.grant(Lease.samples(1...3), to: link, now: start)
        #expect(book.credit(of: link) == 0)
        book.request(2, by: link, limit: 100)
        #expect(book.credit(of: link) == 2)
    }

    // MARK: Time

    @Test mutating func `leases expire a TTL after their link was last heard, not before`() {
        let link = book.connect(now: start).link
        let leases = Lease.samples(1...2)
        book.grant(leases, to: link, now: start)
        book.renew(link, now: at(30))
        #expect(expired(lookingUntil: 80).isEmpty)
        #expect(book.expired(now: at(89.999)).lost.isEmpty)
        #expect(book.expired(now: at(90)).lost == Set(leases.map(\.token)))
    }

    @Test mutating func `a lease that was granted to a silent link lasts a TTL of its own`() {
        let link = book.connect(now: start).link
        let (early, late) = (Lease.sample(1), Lease.sample(2))
        book.grant([early], to: link, now: start)
        book.grant([late], to: link, now: at(40))
        #expect(expired(lookingUntil: 60) == [early.token])
        book.ended([early.token])
        #expect(expired(lookingUntil: 90, from: 70).isEmpty)
        #expect(expired(lookingUntil: 100, from: 100) == [late.token])
    }

    @Test mutating func `each session expires by itself`() {
        let (silent, alive) = (book.connect(now: start).link, book.connect(now: start).link)
        book.grant([.sample(1)], to: silent, now: start)
        book.grant([.sample(2)], to: alive, now: start)
        book.renew(alive, now: at(20))
        #expect(expired(lookingUntil: 70) == [Lease.sample(1).token])
    }

    @Test mutating func `an expired lease is told once, and is out until it has ended`() {
        let link = book.connect(session: "s", now: start).link
        book.grant([.sample(1)], to: link, now: start)
        #expect(expired(lookingUntil: 60).count == 1)
        #expect(book.expired(now: at(70)).lost.isEmpty)
        #expect(book.count == 1 && book.running(of: .sample(1)) == 0)
        let back = book.connect(session: "s", holding: [Lease.sample(1).token], now: at(71))
        #expect(back.lost == [Lease.sample(1).token] && back.kept.isEmpty, "it is being taken away")
        book.ended([Lease.sample(1).token])
        #expect(book.count == 0)
    }

    @Test mutating func `when nobody looked for half a TTL every lease gets the lost time`() {
        let link = book.connect(now: start).link
        book.grant([.sample(1)], to: link, now: start)
        #expect(expired(lookingUntil: 50).isEmpty)
        #expect(book.expired(now: at(500)) == LeaseBook.Expired())
        #expect(expired(lookingUntil: 550, from: 510).isEmpty)
        #expect(expired(lookingUntil: 560, from: 560).count == 1)
    }

    @Test mutating func `half a TTL between two looks is still believed`() {
        let link = book.connect(now: start).link
        book.grant([.sample(1)], to: link, now: start)
        #expect(book.expired(now: at(30)).lost.isEmpty)
        #expect(book.expired(now: at(60)).lost.count == 1)
    }

    @Test mutating func `a link whose words wait unread is not blamed for its silence`() {
        let link = book.connect(now: start).link
        book.grant([.sample(1)], to: link, now: start)
        book.keep(link, waiting: true, now: at(10))
        #expect(expired(lookingUntil: 300).isEmpty)
        book.keep(link, waiting: false, now: at(300))
        #expect(expired(lookingUntil: 350, from: 310).isEmpty)
        #expect(expired(lookingUntil: 360, from: 360).count == 1)
    }

    @Test mutating func `a lease whose report was heard does not expire however long the store takes`() {
        let link = book.connect(now: start).link
        book.grant(Lease.samples(1...2), to: link, now: start)
        book.ending([Lease.sample(1).token])
        book.disconnect(link)
        #expect(expired(lookingUntil: 300) == [Lease.sample(2).token])
        book.ended([Lease.sample(1).token, Lease.sample(2).token])
        #expect(book.count == 0)
    }

    @Test mutating func `a lease whose report could not be recorded is as before`() {
        let link = book.connect(now: start).link
        book.grant([.sample(1)], to: link, now: start)
        book.ending([Lease.sample(1).token, Lease.sample(1).token])
        #expect(book.running(of: .sample(1)) == 0 && book.count(of: .sample(1)) == 1)
        book.notEnding([Lease.sample(1).token, Lease.sample(1).token])
        #expect(book.running(of: .sample(1)) == 1)
        #expect(expired(lookingUntil: 60).count == 1)
    }

    // MARK: Counting

    @Test mutating func `a lease ends once, and an unknown one changes nothing`() {
        let link = book.connect(now: start).link
        book.grant(Lease.samples(1...2), to: link, now: start)
        book.ended([Lease.sample(1).token, Lease.sample(1).token, Lease.sample(9).token])
        #expect(book.count == 1)
        #expect(book.count(of: .sample(1)) == 1)
        book.ended([LeaseToken(task: TaskID(2), epoch: 1, generation: 2)])
        #expect(book.count(of: .sample(1)) == 1, "another generation of the task is another lease")
    }

    @Test mutating func `runs are counted and found apart`() {
        let (first, second) = (book.connect(now: start).link, book.connect(now: start).link)
        book.grant([.sample(1, run: 1), .sample(2, run: 2)], to: first, now: start)
        book.grant([.sample(3, run: 2)], to: second, now: start)
        #expect(book.count(of: .sample(1)) == 1)
        #expect(book.count(of: .sample(2)) == 2)
        #expect(book.count(of: .sample(3)) == 0)
        #expect(book.tokens(of: .sample(2)) == [first: [Lease.sample(2).token], second: [Lease.sample(3).token]])
        #expect(book.run(of: Lease.sample(1).token) == .sample(1))
        book.ended([Lease.sample(1).token])
        #expect(book.run(of: Lease.sample(1).token) == nil)
        #expect(book.tokens(of: .sample(1)).isEmpty)
    }
}

extension LeaseBook {
    /// Grants leases to a link that is there.
    mutating func grant(_ leases: [Lease], to link: LinkID, now: ContinuousClock.Instant) {
        let isGranted = granted(leases, to: link, now: now)
        #expect(isGranted)
    }
}

extension Lease {
    /// The lease of a task of that number.
    static func sample(_ task: Int, run: Int = 1) -> Lease {
        Lease(
            token: LeaseToken(task: TaskID(Int64(task)), epoch: 1, generation: 1), run: .sample(run),
            account: .sample(task), region: nil, attempt: 1)
    }

    static func samples(_ tasks: ClosedRange<Int>) -> [Lease] { tasks.map { sample($0) } }
}
