// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveWire

@Suite struct RequestBookTests {
    private let run: RunID

    init() throws { run = try #require(RunID("20261120-235959-k3x9q")) }

    @Test func `requests are numbered from 1 and sent in order, each once`() {
        var book = RequestBook<String>()
        #expect(book.add(.runs, "a") == 1)
        #expect(book.add(.workers, "b") == 2)
        #expect(book.next() == ClientMessage(id: 1, request: .runs))
        #expect(book.next() == ClientMessage(id: 2, request: .workers))
        #expect(book.next() == nil)
        #expect(book.take(2) == "b")
        #expect(book.take(2) == nil)
        #expect(book.take(1) == "a")
        #expect(book.isEmpty)
    }

    @Test func `a request that did not leave waits at its place`() {
        var book = RequestBook<String>()
        _ = book.add(.retry(run), "a")
        _ = book.add(.runs, "b")
        #expect(book.next()?.id == 1)
        book.sent(1, false)
        #expect(book.lost().isEmpty)
        #expect(book.next()?.id == 1)
    }

    @Test func `what may be repeated is sent again after a lost link, before what came later`() {
        var book = RequestBook<String>()
        _ = book.add(.runs, "a")
        _ = book.next()
        book.sent(1, true)
        _ = book.add(.workers, "b")
        #expect(book.lost().isEmpty)
        #expect(book.next()?.id == 1)
        #expect(book.next()?.id == 2)
    }

    @Test(arguments: ["retry", "forget"]) func `what may not be repeated fails when it may have arrived`(name: String) {
        var book = RequestBook<String>()
        let id = book.add(name == "retry" ? .retry(run) : .forget(run), "a")
        _ = book.next()
        book.sent(id, true)
        let failed = book.lost()
        #expect(failed.map(\.waiter) == ["a"])
        #expect(failed.first?.error.code == .closed)
        #expect(
            failed.first?.error.message.contains("`\(name)` was answered: it is not known whether it was done") == true)
        #expect(book.isEmpty)
    }

    @Test func `a request that ends five links is not sent a sixth time`() {
        var book = RequestBook<String>()
        _ = book.add(.runs, "a")
        for _ in 1...4 {
            #expect(book.next()?.id == 1)
            book.sent(1, true)
            #expect(book.lost().isEmpty)
        }
        #expect(book.next()?.id == 1)
        book.sent(1, true)
        #expect(book.lost().map(\.waiter) == ["a"])
    }

    @Test func `a caller that left is not sent for, and its reply finds nobody`() {
        var book = RequestBook<String>()
        _ = book.add(.runs, "a")
        _ = book.add(.workers, "b")
        #expect(book.take(1) == "a")
        #expect(book.next()?.id == 2)
        #expect(book.takeAll() == ["b"])
        #expect(book.take(2) == nil)
    }
}
