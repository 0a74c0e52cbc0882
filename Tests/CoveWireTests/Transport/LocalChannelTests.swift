// SPDX-License-Identifier: Apache-2.0

import CoveWire
import Glibc
import Testing

@Suite(.timeLimit(.minutes(1))) struct LocalChannelTests {
    @Test func `frames go both ways, and nil tells that the other end closed`() async throws {
        var pair = try SocketPair()
        let one = try await LocalChannel.open(owning: pair.takeOwn(), maximum: 1_000)
        let other = try await LocalChannel.open(owning: pair.takeGiven(), maximum: 1_000)
        async let heard = other.use { incoming in
            var frames: [[UInt8]] = []
            while let frame = try await incoming.next() {
                frames.append(frame)
                await other.send(frame.reversed())
            }
            return frames
        }
        let answers = try await one.use { incoming in
            await one.send([1, 2, 3])
            let answer = try await incoming.next()
            await one.send([4])
            return [answer, try await incoming.next()]
        }
        #expect(answers == [[3, 2, 1], [4]])
        #expect(try await heard == [[1, 2, 3], [4]])
    }

    @Test func `a frame over the limit ends the connection`() async throws {
        var pair = try SocketPair()
        let one = try await LocalChannel.open(owning: pair.takeOwn(), maximum: 10)
        let other = try await LocalChannel.open(owning: pair.takeGiven(), maximum: 10)
        async let sent: Void = other.use { incoming in
            await other.send([UInt8](repeating: 0, count: 11))
            _ = try await incoming.next()
        }
        await #expect(throws: (any Error).self) { try await one.use { _ = try await $0.next() } }
        try? await sent
    }

    @Test func `who waits for a frame is cancelled`() async throws {
        var pair = try SocketPair()
        let one = try await LocalChannel.open(owning: pair.takeOwn(), maximum: 10)
        let task = Task { try await one.use { try await $0.next() } }
        task.cancel()
        let frame = try? await task.value
        #expect(frame == .some(nil) || frame == nil)
    }

    @Test func `a given pipe is read to its end`() async throws {
        var births = try SocketPair()
        var pipe = try OutputPipe()
        let socket = DescriptorSocket(owning: births.takeOwn())
        try socket.give([7], with: [pipe.given])
        let written = [UInt8](repeating: 120, count: 1_000)
        #expect(write(pipe.given, written, written.count) == written.count)
        let reading = pipe.takeOwn()
        close(consume pipe)
        // The descriptor on its way counts as an open end until whoever has it is gone.
        close(births.takeGiven())
        var read: [UInt8] = []
        await LocalOutput.read(owning: reading) { read += Array($0) }
        #expect(read == written)
    }

    private func close(_ pipe: consuming OutputPipe) {}
    private func close(_ descriptor: CInt) { _ = Glibc.close(descriptor) }

    @Test func `nothing is given to an end that is gone`() throws {
        var births = try SocketPair()
        let socket = DescriptorSocket(owning: births.takeOwn())
        close(births.takeGiven())
        let pipe = try OutputPipe()
        #expect(throws: SystemError.self) { try socket.give([7], with: [pipe.given]) }
    }
}
