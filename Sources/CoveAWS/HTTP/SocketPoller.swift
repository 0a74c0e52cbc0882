// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Glibc

/// The sockets that the driver's thread waits for, and the bell that wakes it: an epoll set with an eventfd in it.
///
/// `wake` may be called from every thread, all else from the driver's only.
final class SocketPoller: Sendable {
    private let set: Int32
    private let bell: Int32

    /// Makes an empty set.
    ///
    /// Throws `AWSError` when the process has no file descriptors left.
    init() throws {
        set = cove_poll_create()
        bell = cove_poll_bell()
        guard set >= 0, bell >= 0, cove_poll_set(set, EPOLL_CTL_ADD, bell, true, false) else {
            let reason = String(cString: strerror(errno))
            if set >= 0 { close(set) }
            if bell >= 0 { close(bell) }
            throw AWSError(
                .notSent, code: "TransportFailed",
                message: "cannot watch sockets: \(reason); the limit of open files may be too low")
        }
    }

    deinit {
        close(set)
        close(bell)
    }

    /// Makes the wait that is under way, or else the next one, return at once.
    func wake() { cove_poll_ring(bell) }

    /// Watches a socket for reading, writing or both.
    func watch(_ socket: Int32, reading: Bool, writing: Bool, isKnown: Bool) {
        // A socket that libcurl closed and opened again under the same number has left the set by itself, and one that it
        // forgot to take back may still be there: when one way fails, the other is right.
        let (first, second) = isKnown ? (EPOLL_CTL_MOD, EPOLL_CTL_ADD) : (EPOLL_CTL_ADD, EPOLL_CTL_MOD)
        if !cove_poll_set(set, first, socket, reading, writing) {
            _ = cove_poll_set(set, second, socket, reading, writing)
        }
    }

    /// Watches a socket no longer.
    func forget(_ socket: Int32) { _ = cove_poll_set(set, EPOLL_CTL_DEL, socket, false, false) }

    /// Waits until a socket is ready, the bell rings or the milliseconds are over (-1: for ever); the body gets each ready
    /// socket.
    func wait(milliseconds: Int32, _ body: (cove_poll_event) -> Void) {
        withUnsafeTemporaryAllocation(of: cove_poll_event.self, capacity: 128) { buffer in
            let count = cove_poll_wait(set, buffer.baseAddress, Int32(buffer.count), milliseconds)
            for event in buffer[..<Int(count)] {
                if event.socket == bell {
                    cove_poll_silence(bell)
                } else {
                    body(event)
                }
            }
        }
    }
}
