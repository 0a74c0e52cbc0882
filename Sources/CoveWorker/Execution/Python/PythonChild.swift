// SPDX-License-Identifier: Apache-2.0

import CoveWire
import Synchronization

/// A Python process that runs one task at a time; the host is its parent.
final class PythonChild: Sendable {
    /// How it ended.
    struct End: Sendable {
        /// The code that it exited with; nil where a signal killed it, or nobody knows.
        var exitCode: Int?
        /// The signal that killed it.
        var signal: Int?
        /// The most memory that it had, in KiB.
        var peakKiB: Int?
        /// Why it was not started, or nothing is known of its end.
        var reason: String?
    }

    /// Its number, by which the host is told which child is meant.
    let number: UInt32
    /// Its channel; frames that come in are in `incoming`.
    let channel: LocalChannel
    /// The payloads that it sent.
    ///
    /// Few: who does not take them slows the child.
    let incoming = MessageChannel<[UInt8]>(capacity: 2)
    /// What its task writes.
    let output: PythonOutput
    /// Settled when it was forked, with nil, or could not be.
    let birth = Awaited<PythonProblem?>()
    /// Settled when it has ended and all that it started was killed.
    let end = Awaited<End>()

    private let host: LocalChannel
    private let outputDescriptor: CInt?

    /// A child that will be forked.
    ///
    /// - Parameters:
    ///   - number: its number.
    ///   - channel: this process's end of its channel.
    ///   - outputDescriptor: the pipe that it writes to, closed by `attend`; nil where it writes to what its host does.
    ///   - output: what keeps the end of that.
    ///   - host: the channel of its host.
    init(number: UInt32, channel: LocalChannel, outputDescriptor: CInt?, output: PythonOutput, host: LocalChannel) {
        self.number = number
        self.channel = channel
        self.outputDescriptor = outputDescriptor
        self.output = output
        self.host = host
    }

    /// Carries what it says and writes, until it has closed both.
    func attend() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                if let descriptor = self.outputDescriptor {
                    await LocalOutput.read(owning: descriptor) { self.output.append($0) }
                }
                self.output.close()
            }
            group.addTask {
                // A broken frame ends the channel, as an end of the process does.
                try? await self.channel.use { incoming in
                    while let payload = try await incoming.next(), await self.incoming.send(payload) {}
                }
                self.incoming.close()
            }
        }
    }

    /// Signals it and all that it started.
    func signal(_ number: CInt) async { await host.send(PythonMessage.kill(self.number, signal: number)) }
}
