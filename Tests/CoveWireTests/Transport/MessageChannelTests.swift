// SPDX-License-Identifier: Apache-2.0

import CoveWire
import Testing

/// The bounded channel: order, bound, closing, cancellation.
@Suite struct MessageChannelTests {
    @Test func `messages arrive in the order in which they were sent`() async {
        let channel = MessageChannel<Int>(capacity: 200)
        for number in 0..<200 { #expect(await channel.send(number)) }
        for number in 0..<200 { #expect(await channel.receive() == number) }
    }

    @Test func `order holds while the channel is filled and emptied again and again`() async {
        let channel = MessageChannel<Int>(capacity: 150)
        var sent = 0
        var received = 0
        for round in 0..<100 {
            let count = 1 + round * 37 % 140
            for _ in 0..<count {
                await channel.send(sent)
                sent += 1
            }
            while received < sent - round % 3 {
                #expect(await channel.receive() == received)
                received += 1
            }
            while received < sent {
                #expect(await channel.receive() == received)
                received += 1
            }
        }
    }

    @Test(arguments: [1, 2, 7]) func `a sender waits while the channel is full`(capacity: Int) async {
        let channel = MessageChannel<Int>(capacity: capacity)
        let executor = ManualExecutor()
        let sent = Notes<Int>()
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: executor) {
                for number in 0..<capacity + 3 {
                    #expect(await channel.send(number))
                    sent.add(number)
                }
            }
            executor.runUntilIdle()
            #expect(sent.values == Array(0..<capacity))
            for number in 0..<3 {
                #expect(await channel.receive() == number)
                executor.runUntilIdle()
                #expect(sent.values == Array(0...capacity + number))
            }
            for number in 3..<capacity + 3 { #expect(await channel.receive() == number) }
        }
    }

    @Test func `a channel without room is one with room for one`() async {
        let channel = MessageChannel<Int>(capacity: 0)
        #expect(await channel.send(1))
        #expect(await channel.receive() == 1)
    }

    @Test func `waiting senders get in, in their order`() async {
        let channel = MessageChannel<Int>(capacity: 1)
        let executor = ManualExecutor()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask(executorPreference: executor) { await channel.send(number) }
                executor.runUntilIdle()
            }
            for number in 0..<5 {
                #expect(await channel.receive() == number)
            }
            executor.runUntilIdle()
        }
    }

    @Test func `a receiver waits while the channel is empty`() async {
        let channel = MessageChannel<Int>(capacity: 2)
        let executor = ManualExecutor()
        let received = Notes<Int?>()
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: executor) {
                for _ in 0..<3 { received.add(await channel.receive()) }
            }
            executor.runUntilIdle()
            #expect(received.values == [])
            for number in 1...3 {
                #expect(await channel.send(number))
                executor.runUntilIdle()
                #expect(received.values == Array(1...number))
            }
        }
    }

    @Test func `after closing the reader takes what is there, and then nothing`() async {
        let channel = MessageChannel<Int>(capacity: 3)
        await channel.send(1)
        await channel.send(2)
        channel.close()
        #expect(await channel.send(3) == false)
        #expect(await channel.receive() == 1)
        #expect(await channel.receive() == 2)
        #expect(await channel.receive() == nil)
        #expect(await channel.receive() == nil)
        channel.close()
    }

    @Test func `closing ends a waiting receiver`() async {
        let channel = MessageChannel<Int>(capacity: 1)
        let executor = ManualExecutor()
        let received = Notes<Int?>()
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: executor) { received.add(await channel.receive()) }
            executor.runUntilIdle()
            channel.close()
            executor.runUntilIdle()
            #expect(received.values == [nil])
        }
    }

    @Test func `closing ends waiting senders and drops what they hold`() async {
        let channel = MessageChannel<Int>(capacity: 1)
        let executor = ManualExecutor()
        let sent = Notes<Bool>()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<3 {
                group.addTask(executorPreference: executor) { sent.add(await channel.send(number)) }
                executor.runUntilIdle()
            }
            channel.close()
            executor.runUntilIdle()
            #expect(sent.values == [true, false, false])
            #expect(await channel.receive() == 0)
            #expect(await channel.receive() == nil)
        }
    }

    @Test func `a cancelled sender holds nothing any more, and the others go on`() async {
        let channel = MessageChannel<Int>(capacity: 1)
        let executor = ManualExecutor()
        let ended = Notes<String>()
        await channel.send(0)
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: executor) {
                await withTaskGroup(of: Void.self) { inner in
                    inner.addTask { ended.add("first \(await channel.send(1))") }
                    // Cancelled once the sender waits: this closure's job comes behind the sender's.
                    await Task.yield()
                    inner.cancelAll()
                }
            }
            executor.runUntilIdle()
            group.addTask(executorPreference: executor) { ended.add("second \(await channel.send(2))") }
            executor.runUntilIdle()
            #expect(ended.values == ["first false"])
            #expect(await channel.receive() == 0)
            executor.runUntilIdle()
            #expect(ended.values == ["first false", "second true"])
            #expect(await channel.receive() == 2)
        }
    }

    @Test func `a cancelled receiver loses no message`() async {
        let channel = MessageChannel<Int>(capacity: 1)
        let executor = ManualExecutor()
        let received = Notes<Int?>()
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: executor) { received.add(await channel.receive()) }
            executor.runUntilIdle()
            group.cancelAll()
            executor.runUntilIdle()
            #expect(received.values == [nil])
        }
        #expect(await channel.send(1))
        #expect(await channel.receive() == 1)
    }

    @Test func `who is cancelled before sending or waiting does neither`() async {
        let channel = MessageChannel<Int>(capacity: 1)
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask {
                #expect(await channel.send(1) == false)
                #expect(await channel.receive() == nil)
            }
        }
        #expect(await channel.send(2))
        #expect(await channel.receive() == 2)
    }

    @Test func `a second receiver ends the wait of the first`() async {
        let channel = MessageChannel<Int>(capacity: 1)
        let executor = ManualExecutor()
        let received = Notes<String>()
        await withTaskGroup(of: Void.self) { group in
            for name in ["first", "second"] {
                group.addTask(executorPreference: executor) {
                    received.add("\(name) \(await channel.receive().map(String.init) ?? "nil")")
                }
                executor.runUntilIdle()
            }
            #expect(received.values == ["first nil"])
            #expect(await channel.send(5))
            executor.runUntilIdle()
            #expect(received.values == ["first nil", "second 5"])
        }
    }

    @Test(arguments: [1, 3, 64]) func `10,000 messages of several senders arrive, each once and in its sender's order`(
        capacity: Int
    ) async {
        let senders = 8
        let channel = MessageChannel<(sender: Int, number: Int)>(capacity: capacity)
        var next = [Int](repeating: 0, count: senders)
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<senders {
                group.addTask {
                    for number in 0..<1_250 { #expect(await channel.send((sender, number))) }
                }
            }
            for _ in 0..<10_000 {
                guard let message = await channel.receive() else {
                    Issue.record("the channel ended")
                    return
                }
                #expect(message.number == next[message.sender])
                next[message.sender] += 1
            }
        }
        #expect(next == [Int](repeating: 1_250, count: senders))
        channel.close()
        #expect(await channel.receive() == nil)
    }

    @Test func `senders that are cancelled at any moment lose nothing that they were told was sent`() async {
        for round in 0..<300 {
            let channel = MessageChannel<Int>(capacity: 2)
            let confirmed = Notes<Int>()
            let received = Notes<Int>()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while let number = await channel.receive() { received.add(number) }
                }
                group.addTask {
                    await withTaskGroup(of: Void.self) { inner in
                        for number in 0..<8 {
                            inner.addTask { if await channel.send(number) { confirmed.add(number) } }
                        }
                        for _ in 0..<round % 7 { await Task.yield() }
                        inner.cancelAll()
                    }
                    channel.close()
                }
            }
            #expect(confirmed.values.sorted() == received.values.sorted())
        }
    }
}
