// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Lets few programs start at a time, and none where file descriptors are running out.
///
/// swift-subprocess 1.0.2 cannot be brought near the limit of open files: it ends the whole process when the second
/// pipe of a program cannot be made, and waits for ever for a program whose process descriptor cannot be opened. It
/// starts programs one after another on one thread, so that more at a time would gain nothing.
final class ProgramGate: Sendable {
    /// How many programs may be starting: one that is being started, and some whose pipes are made meanwhile.
    private static let width = 4
    /// How many descriptors must be free for a start: six for each that is starting (two pipes, `/dev/null`, the
    /// process), and as many again for what other threads open meanwhile.
    private static let spares = 2 * 6 * width

    private struct State {
        var free = ProgramGate.width
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let hasDescriptors: @Sendable () -> Bool

    /// A gate that asks the system for free descriptors.
    init() { hasDescriptors = { Self.canOpen(Self.spares) } }

    /// A gate that asks a test.
    init(hasDescriptors: @escaping @Sendable () -> Bool) { self.hasDescriptors = hasDescriptors }

    /// Waits for its turn, first come first served.
    ///
    /// Whoever has entered leaves once.
    ///
    /// - Returns: false where too few descriptors are free; nothing was entered then.
    func enter() async -> Bool {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        if hasDescriptors() { return true }
        leave()
        return false
    }

    /// Makes room for the next.
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }

    private static func canOpen(_ count: Int) -> Bool {
        let first = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard first >= 0 else { return false }
        var opened = [first]
        defer { for descriptor in opened { close(descriptor) } }
        opened.reserveCapacity(count)
        while opened.count < count {
            let copy = fcntl(first, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { return false }
            opened.append(copy)
        }
        return true
    }
}
