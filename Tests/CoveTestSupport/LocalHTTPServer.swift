// SPDX-License-Identifier: Apache-2.0

package import CoveAWS
internal import Glibc
internal import Synchronization

/// A real HTTP/1.1 server on a loopback port that answers as a script says, well or badly.
///
/// One thread of its own serves all connections. Nothing waits for time: a request that is held is answered when the test
/// says so, and a test waits for events. Ends with the last reference, or with `stop`.
package final class LocalHTTPServer: Sendable {
    /// A request that arrived whole.
    package struct Request: Sendable {
        /// Its number among all requests, from 0.
        package let index: Int
        /// The number of its connection, from 0.
        package let connection: Int
        /// The method, `CONNECT` included.
        package let method: String
        /// The target as the request line has it.
        package let target: String
        /// The header fields.
        package let headers: HeaderFields
        /// The body.
        package let body: [UInt8]

        /// The body as text.
        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// What becomes of a request.
    package enum Answer: Sendable {
        /// A whole answer; the connection stays open.
        case respond(status: Int = 200, headers: HeaderFields = HeaderFields(), body: [UInt8] = [])
        /// These bytes as they are; the connection is closed after them or stays open.
        case raw([UInt8], closes: Bool)
        /// The connection is closed without a byte.
        case drop
        /// Nothing, until `answer` is called with the request's number.
        case hold

        /// A whole answer with a text.
        package static func text(_ body: String, status: Int = 200, _ headers: HeaderFields = HeaderFields()) -> Answer
        {
            .respond(status: status, headers: headers, body: Array(body.utf8))
        }
    }

    private struct State {
        var requests: [Request] = []
        var connections = 0
        var closed = 0
        var commands: [(request: Int, answer: Answer)] = []
        var isStopping = false
        var thread: pthread_t?
        var waiters: [(isMet: @Sendable (borrowing State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// The state that the server and its thread share. The thread does not keep the server alive.
    private final class Shared: Sendable {
        let state = Mutex(State())

        /// Changes the state and wakes the tests whose wait is over.
        func update<Result: Sendable>(_ change: (inout State) -> Result) -> Result {
            let (result, met) = state.withLock { state in
                let result = change(&state)
                let waiters = state.waiters
                state.waiters = waiters.filter { !$0.isMet(state) }
                return (result, waiters.filter { $0.isMet(state) }.map(\.continuation))
            }
            for continuation in met { continuation.resume() }
            return result
        }
    }

    /// The port on 127.0.0.1.
    package let port: Int
    private let shared = Shared()
    private let listener: Int32
    private let bell: (read: Int32, write: Int32)

    /// Starts a server on a free port; the script says what becomes of each request, on the server's thread.
    package init(_ script: @escaping @Sendable (Request) -> Answer) throws {
        (listener, port) = try Self.listen()
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Self.failure("pipe") }
        bell = (ends[0], ends[1])
        let loop = Loop(shared: shared, script: script, listener: listener, bell: ends[0])
        var identifier = pthread_t()
        let context = Unmanaged.passRetained(loop)
        let code = pthread_create(
            &identifier, nil,
            { context in
                if let context { Unmanaged<Loop>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard code == 0 else { throw Self.failure("pthread_create") }
        shared.state.withLock { $0.thread = identifier }
    }

    deinit {
        stop()
        close(listener)
        close(bell.read)
        close(bell.write)
    }

    /// The server's URL without a path.
    package var url: String { "http://127.0.0.1:\(port)" }

    /// All requests so far.
    package var requests: [Request] { shared.state.withLock { $0.requests } }

    /// How many connections were accepted.
    package var connectionCount: Int { shared.state.withLock { $0.connections } }

    /// Answers a request that is held, or sends more on the connection of one that was answered.
    package func answer(_ request: Int, _ answer: Answer) {
        shared.state.withLock { $0.commands.append((request, answer)) }
        ring()
    }

    /// Waits until so many requests have arrived.
    package func requestsArrived(_ count: Int) async { await wait { $0.requests.count >= count } }

    /// Waits until so many connections were closed, by either side.
    package func connectionsClosed(_ count: Int) async { await wait { $0.closed >= count } }

    /// Closes everything and waits for the thread's end.
    package func stop() {
        let thread = shared.state.withLock { state in
            state.isStopping = true
            defer { state.thread = nil }
            return state.thread
        }
        guard let thread else { return }
        ring()
        pthread_join(thread, nil)
    }

    private func wait(_ isMet: @escaping @Sendable (borrowing State) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMetAlready = shared.state.withLock { state in
                if isMet(state) { return true }
                state.waiters.append((isMet, continuation))
                return false
            }
            if isMetAlready { continuation.resume() }
        }
    }

    private func ring() {
        var byte: UInt8 = 1
        write(bell.write, &byte, 1)
    }

    private static func listen() throws -> (socket: Int32, port: Int) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && Glibc.listen(socket, 1_024) == 0
                    && getsockname(socket, $0, &length) == 0
            }
        }
        guard socket >= 0, isBound else { throw failure("listen") }
        return (socket, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func failure(_ what: String) -> AWSError {
        AWSError(.invalidInput, code: "TestServer", message: "\(what): \(String(cString: strerror(errno)))")
    }
}

// MARK: - The thread

extension LocalHTTPServer {
    /// A connection and what came over it that is no whole request yet.
    private struct Connection {
        let number: Int
        var received: [UInt8] = []
    }

    /// The loop of the server's thread.
    private final class Loop {
        private let shared: Shared
        private let script: @Sendable (Request) -> Answer
        private let listener: Int32
        private let bell: Int32
        private var connections: [Int32: Connection] = [:]
        private var sockets: [Int: Int32] = [:]

        init(
            shared: Shared, script: @escaping @Sendable (Request) -> Answer, listener: Int32, bell: Int32
        ) {
            self.shared = shared
            self.script = script
            self.listener = listener
            self.bell = bell
        }

        func run() {
            while true {
                var polls = [listener, bell].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                polls += connections.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                _ = poll(&polls, nfds_t(polls.count), -1)
                if polls[1].revents != 0 {
                    var bytes = [UInt8](repeating: 0, count: 64)
                    read(bell, &bytes, bytes.count)
                }
                let (commands, isStopping) = shared.state.withLock { state in
                    defer { state.commands = [] }
                    return (state.commands, state.isStopping)
                }
                if isStopping { break }
                for poll in polls.dropFirst(2) where poll.revents != 0 { receive(poll.fd) }
                for command in commands {
                    if let socket = sockets[command.request] { perform(command.answer, on: socket) }
                }
                if polls[0].revents != 0 { accept() }
            }
            for socket in Array(connections.keys) { drop(socket) }
        }

        private func accept() {
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else { return }
            let number = shared.update { state in
                defer { state.connections += 1 }
                return state.connections
            }
            connections[socket] = Connection(number: number)
        }

        private func receive(_ socket: Int32) {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return drop(socket) }
            connections[socket]?.received.append(contentsOf: buffer[..<count])
            while let request = nextRequest(on: socket) {
                sockets[request.index] = socket
                let answer = script(request)
                shared.update { $0.requests.append(request) }
                perform(answer, on: socket)
            }
        }

        private func nextRequest(on socket: Int32) -> Request? {
            guard let connection = connections[socket] else { return nil }
            let bytes = connection.received
            guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: "\r\n\r\n".utf8) }) else {
                return nil
            }
            let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
            let words = lines[0].split(separator: " ")
            var headers = HeaderFields()
            for line in lines.dropFirst() {
                let colon = line.firstIndex(of: ":") ?? line.endIndex
                headers.add(String(line[..<colon]), String(line[colon...].dropFirst().drop { $0 == " " }))
            }
            let length = headers["content-length"].flatMap { Int($0) } ?? 0
            let start = end + 4
            guard bytes.count >= start + length, words.count == 3 else { return nil }
            connections[socket]?.received = Array(bytes[(start + length)...])
            return Request(
                index: shared.state.withLock { $0.requests.count }, connection: connection.number,
                method: String(words[0]), target: String(words[1]), headers: headers,
                body: Array(bytes[start..<(start + length)]))
        }

        private func perform(_ answer: Answer, on socket: Int32) {
            switch answer {
            case .hold: break
            case .drop: drop(socket)
            case .raw(let bytes, let closes):
                send(bytes, on: socket)
                if closes { drop(socket) }
            case .respond(let status, let headers, let body):
                var text = "HTTP/1.1 \(status) Test\r\nContent-Length: \(body.count)\r\n"
                for field in headers.fields { text += "\(field.name): \(field.value)\r\n" }
                send(Array((text + "\r\n").utf8) + body, on: socket)
            }
        }

        private func send(_ bytes: [UInt8], on socket: Int32) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }

        private func drop(_ socket: Int32) {
            guard connections.removeValue(forKey: socket) != nil else { return }
            close(socket)
            sockets = sockets.filter { $0.value != socket }
            shared.update { $0.closed += 1 }
        }
    }
}
