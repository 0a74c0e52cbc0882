// SPDX-License-Identifier: Apache-2.0

internal import CSockets
internal import Glibc

/// A pair of connected Unix sockets of this machine, one end for this process and one to give away.
package struct SocketPair: ~Copyable {
    private var mine: CInt
    private var other: CInt

    /// Makes a pair; neither end is inherited by a program that is started.
    ///
    /// - Throws: `SystemError`, when there are no descriptors left.
    package init() throws(SystemError) {
        var ends: (CInt, CInt) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &ends) { pointer in
            pointer.withMemoryRebound(to: CInt.self, capacity: 2) { cove_socket_pair($0) }
        }
        guard result == 0 else { throw SystemError(errno) }
        (mine, other) = ends
    }

    deinit {
        if mine >= 0 { close(mine) }
        if other >= 0 { close(other) }
    }

    /// The end to give away; it is closed with the pair.
    package var given: CInt { other }

    /// Takes this process's end, which the caller closes from now on.
    package mutating func takeOwn() -> CInt {
        defer { mine = -1 }
        return mine
    }

    /// Takes the end to give away, which the caller closes from now on.
    package mutating func takeGiven() -> CInt {
        defer { other = -1 }
        return other
    }
}

/// A pipe: an end to read for this process and one to give away.
package struct OutputPipe: ~Copyable {
    private var reading: CInt
    private let writing: CInt

    /// Makes a pipe; neither end is inherited by a program that is started.
    ///
    /// - Throws: `SystemError`, when there are no descriptors left.
    package init() throws(SystemError) {
        var ends: (CInt, CInt) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &ends) { pointer in
            pointer.withMemoryRebound(to: CInt.self, capacity: 2) { cove_pipe($0) }
        }
        guard result == 0 else { throw SystemError(errno) }
        (reading, writing) = ends
    }

    deinit {
        if reading >= 0 { close(reading) }
        close(writing)
    }

    /// The end that is written to; it is closed with the pipe.
    package var given: CInt { writing }

    /// Takes the end that is read, which the caller closes from now on.
    package mutating func takeOwn() -> CInt {
        defer { reading = -1 }
        return reading
    }
}

/// A Unix socket over which descriptors are given to another process.
package final class DescriptorSocket: Sendable {
    private let socket: CInt

    /// Takes over a connected socket, and closes it in the end.
    package init(owning socket: CInt) { self.socket = socket }

    deinit { close(socket) }

    /// Gives bytes and with them descriptors, which stay open here too.
    ///
    /// Does not wait: few bytes are on their way at a time.
    ///
    /// - Throws: `SystemError` when the other end is gone or does not take them.
    package func give(_ bytes: [UInt8], with descriptors: [CInt]) throws(SystemError) {
        try Self.give(bytes, with: descriptors, over: socket)
    }

    /// Gives bytes and descriptors over a connected socket on which nobody else writes at this time.
    package static func give(_ bytes: [UInt8], with descriptors: [CInt], over socket: CInt) throws(SystemError) {
        let sent = cove_socket_give(socket, bytes, bytes.count, descriptors, CInt(descriptors.count))
        guard sent == bytes.count else { throw SystemError(sent < 0 ? errno : EPIPE) }
    }
}

/// What the operating system refused, by its number.
package struct SystemError: Error, Sendable, CustomStringConvertible {
    /// The number, as in errno(3).
    package let number: CInt

    init(_ number: CInt) { self.number = number }

    package var description: String { strerror(number).map { String(cString: $0) } ?? "error \(number)" }

    /// Whether this process, or the machine, has too many files open.
    package var meansTooManyFiles: Bool { number == EMFILE || number == ENFILE }
}
