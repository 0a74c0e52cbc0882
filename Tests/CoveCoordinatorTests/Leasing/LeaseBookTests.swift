// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveCoordinator

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
            found.formUnion(book.expired(now: at(Double(moment))))
        }
        return found
    }

    @Test mutating func `a link has no credit until it asks, and what was granted is used up`() {
        let link = book.connect(now: start)
        #expect(book.credit(of: link) == 0)
        book.request(5, by: link, limit: 100)
        book.request(3, by: link, limit: 100)
        #expect(book.credit(of: link) == 8)
        book.granted(Lease.samples(1...6), to: link, now: start)
        #expect(book.credit(of: link) == 2)
        #expect(book.count == 6)
    }

    @Test(arguments: [
        (want: [0], credit: 0), ([-3], 0), ([4, -3], 4), ([101], 100), ([60, 60], 100), ([.max, .max], 100),
    ])
    func `credit stays between nothing and the limit`(_ row: (want: [Int], credit: Int)) {
        var book = book
        let link = book.connect(now: start)
        for want in row.want { book.request(want, by: link, limit: 100) }
        #expect(book.credit(of: link) == row.credit)
    }

    @Test mutating func `an unknown link has no credit and cannot be granted anything`() {
        book.request(5, by: 17, limit: 100)
        book.granted(Lease.samples(1...2), to: 17, now: start)
        book.renew(17, now: start)
        book.disconnect(17)
        #expect(book.credit(of: 17) == 0)
        #expect(book.count == 0)
        #expect(book.tokens(heldBy: 17).isEmpty)
    }

    @Test mutating func `more leases than credit leave no debt`() {
        let link = book.connect(now: start)
        book.request(1, by: link, limit: 100)
        book.granted(Lease.samples(1...3), to: link, now: start)
        #expect(book.credit(of: link) == 0)
        book.request(2, by: link, limit: 100)
        #expect(book.credit(of: link) == 2)
    }

    @Test mutating func `leases expire a TTL after their link was last heard, not before`() {
        let link = book.connect(now: start)
        let leases = Lease.samples(1...2)
        book.granted(leases, to: link, now: start)
        book.renew(link, now: at(30))
        #expect(expired(lookingUntil: 80).isEmpty)
        #expect(book.expired(now: at(89.999)).isEmpty)
        #expect(Set(book.expired(now: at(90))) == Set(leases.map(\.token)))
    }

    @Test mutating func `a lease that was granted to a silent link lasts a TTL of its own`() {
        let link = book.connect(now: start)
        let (early, late) = (Lease.sample(1), Lease.sample(2))
        book.granted([early], to: link, now: start)
        book.granted([late], to: link, now: at(40))
        #expect(expired(lookingUntil: 60) == [early.token])
        book.ended([early.token])
        #expect(expired(lookingUntil: 90, from: 70).isEmpty)
        #expect(expired(lookingUntil: 100, from: 100) == [late.token])
    }

    @Test mutating func `each link expires by itself`() {
        let (silent, alive) = (book.connect(now: start), book.connect(now: start))
        book.granted([.sample(1)], to: silent, now: start)
        book.granted([.sample(2)], to: alive, now: start)
        book.renew(alive, now: at(20))
        #expect(expired(lookingUntil: 70) == [Lease.sample(1).token])
    }

    @Test mutating func `an expired lease is told until it has ended`() {
        let link = book.connect(now: start)
        book.granted([.sample(1)], to: link, now: start)
        #expect(expired(lookingUntil: 60).count == 1)
        #expect(book.expired(now: at(70)) == [Lease.sample(1).token])
        book.ended([Lease.sample(1).token])
        #expect(book.expired(now: at(80)).isEmpty)
    }

    @Test mutating func `when nobody looked for half a TTL every lease gets the lost time`() {
        let link = book.connect(now: start)
        book.granted([.sample(1)], to: link, now: start)
        #expect(expired(lookingUntil: 50).isEmpty)
        #expect(book.expired(now: at(500)).isEmpty)
        #expect(expired(lookingUntil: 550, from: 510).isEmpty)
        #expect(expired(lookingUntil: 560, from: 560).count == 1)
    }

    @Test mutating func `half a TTL between two looks is still believed`() {
        let link = book.connect(now: start)
        book.granted([.sample(1)], to: link, now: start)
        #expect(book.expired(now: at(30)).isEmpty)
        #expect(book.expired(now: at(60)).count == 1)
    }

    @Test mutating func `leases of a link that ended stay until they expire`() {
        let link = book.connect(now: start)
        book.request(5, by: link, limit: 100)
        book.granted([.sample(1)], to: link, now: start)
        book.disconnect(link)
        #expect(book.credit(of: link) == 0)
        #expect(book.count == 1)
        #expect(book.tokens(heldBy: link) == [Lease.sample(1).token])
        #expect(expired(lookingUntil: 60).count == 1)
        book.ended([Lease.sample(1).token])
        #expect(book.count == 0)
        book.request(5, by: link, limit: 100)
        #expect(book.credit(of: link) == 0, "a link that ended and holds nothing is forgotten")
    }

    @Test mutating func `a lease ends once, and an unknown one changes nothing`() {
        let link = book.connect(now: start)
        book.granted(Lease.samples(1...2), to: link, now: start)
        book.ended([Lease.sample(1).token, Lease.sample(1).token, Lease.sample(9).token])
        #expect(book.count == 1)
        #expect(book.count(of: .sample(1)) == 1)
        book.ended([LeaseToken(task: TaskID(2), epoch: 1, generation: 2)])
        #expect(book.count(of: .sample(1)) == 1, "another generation of the task is another lease")
    }

    @Test mutating func `runs are counted and found apart`() {
        let (first, second) = (book.connect(now: start), book.connect(now: start))
        book.granted([.sample(1, run: 1), .sample(2, run: 2)], to: first, now: start)
        book.granted([.sample(3, run: 2)], to: second, now: start)
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

extension Lease {
    /// The lease of a task of that number.
    static func sample(_ task: Int, run: Int = 1) -> Lease {
        Lease(
            token: LeaseToken(task: TaskID(Int64(task)), epoch: 1, generation: 1), run: .sample(run),
            account: .sample(task), region: nil, attempt: 1)
    }

    static func samples(_ tasks: ClosedRange<Int>) -> [Lease] { tasks.map { sample($0) } }
}
