// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The end of what a child's tasks write to stdout and stderr, one task after another.
///
/// The child marks a task's end in the output itself, where nothing can overtake it.
final class PythonOutput: Sendable {
    fileprivate struct State {
        var tail: OutputTail
        var mark: [UInt8] = []
        /// The end of what was read, as long as a mark may have begun in it.
        var carry: [UInt8] = []
        var isMarked = false
        var isClosed = false
    }

    private let capacity: Int
    private let state: Mutex<State>
    private let marked = Mutex<Awaited<Void>>(Awaited())

    /// Keeps the last `capacity` bytes of a task's output.
    init(capacity: Int) {
        self.capacity = capacity
        state = Mutex(State(tail: OutputTail(capacity: capacity)))
    }

    /// Begins a task, whose output ends with this marker.
    func begin(marker: String) {
        marked.withLock { $0 = Awaited() }
        state.withLock { state in
            state.tail = OutputTail(capacity: capacity)
            state.mark = [0] + Array(marker.utf8) + [UInt8(ascii: "\n")]
            state.carry = []
            state.isMarked = false
        }
    }

    /// Takes what was read.
    func append(_ part: UnsafeRawBufferPointer) {
        let isMarked = state.withLock { state -> Bool in
            // What comes after the mark was written by something that the task left behind.
            guard !state.isMarked, !state.mark.isEmpty else { return false }
            let kept = state.carry.count
            let bytes = state.carry + Array(part)
            if let place = Self.find(state.mark, in: bytes) {
                state.isMarked = true
                state.append(bytes[kept..<max(kept, place)])
                state.drop(kept - min(kept, place))
                return true
            }
            state.append(bytes[kept...])
            state.carry = Array(bytes.suffix(state.mark.count - 1))
            return false
        }
        if isMarked { marked.withLock { $0 }.settle(()) }
    }

    /// Notes that nothing more comes.
    func close() {
        state.withLock { $0.isClosed = true }
        marked.withLock { $0 }.settle(())
    }

    /// Waits until all of the task's output was read, for so long at most; its end.
    func end(within limit: Duration) async -> [UInt8] {
        let isThere = state.withLock { $0.isMarked || $0.isClosed }
        if !isThere { _ = await marked.withLock { $0 }.value(within: limit) }
        return state.withLock { $0.tail.bytes }
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8]) -> Int? {
        var place = bytes.startIndex
        while let start = bytes[place...].firstIndex(of: 0) {
            if bytes[start...].starts(with: mark) { return start }
            place = start + 1
        }
        return nil
    }
}

extension PythonOutput.State {
    fileprivate mutating func append(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { tail.append($0) }
    }

    /// Takes back the first bytes of the mark, which came before the rest of it.
    fileprivate mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        let kept = tail.bytes.dropLast(count)
        let capacity = max(kept.count, 1)
        tail = OutputTail(capacity: capacity)
        Array(kept).withUnsafeBytes { tail.append($0) }
    }
}
