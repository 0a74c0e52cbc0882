// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import FoundationEssentials
import Logging
import Synchronization

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A host process of Python's side, as it is seen from here: it loads a file once and forks the children that run tasks.
///
/// The process is somebody else's matter: this speaks with it over its control channel, and whoever owns the other end of that
/// sees to it that it is a host.
final class PythonHost: Sendable {
    private struct State {
        var nextChild: UInt32 = 0
        var children: [UInt32: PythonChild] = [:]
        var idle: [PythonChild] = []
        var users = 0
        var hasBegun = false
        var hasFinished = false
        var lastUse = ContinuousClock.now
    }

    /// The longest frame that a host sends: news are short, a file's failure has a message and a traceback.
    private static let newsBytes = 256 << 10
    /// What a child's answer may have beside a result.
    private static let answerBytes = 1 << 20

    private let settings: PythonSettings
    private let keepsOutput: Bool
    private let logger: Logger
    private let state = Mutex(State())
    private let requests = MessageChannel<PythonBirth>(capacity: 1)
    private let readiness = Awaited<PythonReadiness>()
    private let isClosing = Awaited<Void>()

    /// A host that is not spoken with yet.
    ///
    /// - Parameter keepsOutput: whether what the children write is read here; otherwise it goes where their host's goes.
    init(settings: PythonSettings, keepsOutput: Bool = true, logger: Logger) {
        self.settings = settings
        self.keepsOutput = keepsOutput
        self.logger = logger
    }

    /// Speaks with a host that is there until it is gone, this is closed, or the caller is cancelled.
    ///
    /// - Parameter control: a connected socket whose other end the host has; closed in the end, which ends the host.
    func speak(over control: CInt) async {
        do {
            await speak(over: try await connect(control, loading: nil))
        } catch {
            fail(Self.notStarted("the process that runs Python functions cannot be spoken with: \(error)"))
            finish()
        }
    }

    /// What is spoken over: the control channel, and the socket by which children get their descriptors.
    struct Connection: Sendable {
        let channel: LocalChannel
        fileprivate let births: DescriptorSocket
    }

    /// Begins to speak: says what the host is to load.
    ///
    /// Its process may be started after that.
    ///
    /// - Parameters:
    ///   - control: a connected socket whose other end the host gets.
    ///   - file: what it is to load; nil for a script.
    /// - Throws: an error when there are no descriptors left.
    func connect(_ control: CInt, loading file: PythonFile?) async throws -> Connection {
        var births = try SocketPair()
        let start = PythonMessage.start(file, settings)
        let header = withUnsafeBytes(of: UInt32(start.count).bigEndian) { Array($0) }
        // Nothing else is on the channel yet, and nobody else writes to it.
        try DescriptorSocket.give(header + start, with: [births.given], over: control)
        let socket = DescriptorSocket(owning: births.takeOwn())
        return Connection(
            channel: try await LocalChannel.open(owning: control, maximum: Self.newsBytes), births: socket)
    }

    /// Closes a connection over which nothing was spoken yet.
    func abandon(_ connection: Connection) async {
        if state.withLock({ !$0.hasBegun }) { try? await connection.channel.use { _ in } }
    }

    /// Speaks over a connection until it ends, this is closed, or the caller is cancelled.
    func speak(over connection: Connection) async {
        state.withLock { $0.hasBegun = true }
        await speak(over: connection.channel, connection.births)
        finish()
    }

    private func speak(over channel: LocalChannel, _ births: DescriptorSocket) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                _ = await self.isClosing.value()
                channel.close()
            }
            let children = MessageChannel<PythonChild>(capacity: 1)
            group.addTask {
                await self.giveBirths(channel, births, children)
                children.close()
            }
            group.addTask { await self.attend(to: children) }
            try? await channel.use { incoming in
                while let payload = try await incoming.next() {
                    guard let news = try? JSONDecoder().decode(PythonNews.self, from: Data(payload)) else { break }
                    hear(news)
                }
            }
            finish()
        }
    }

    /// Carries what the children say until they have closed their channels.
    ///
    /// What a function forked may have inherited one: nobody waits for that when the host is gone.
    private func attend(to children: MessageChannel<PythonChild>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { attending in
                    while let child = await children.receive() { attending.addTask { await child.attend() } }
                }
            }
            group.addTask {
                _ = await self.isClosing.value()
                try? await ContinuousClock().sleep(for: PythonHostProcess.closeLimit)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func hear(_ news: PythonNews) {
        switch news.type {
        case .ready: readiness.settle(.ready)
        case .failed:
            readiness.settle(.failed(news.failure ?? Self.notStarted("the file could not be loaded")))
        case .born:
            state.withLock { $0.children[news.child ?? 0] }?.birth.settle(nil)
        case .exited:
            guard let child = state.withLock({ $0.children.removeValue(forKey: news.child ?? 0) }) else { return }
            state.withLock { $0.idle.removeAll { $0 === child } }
            if let error = news.error {
                child.birth.settle(PythonProblem("a Python process could not be made: \(error)", isRetryable: true))
            }
            child.end.settle(
                PythonChild.End(
                    exitCode: news.exitCode, signal: news.signal, peakKiB: news.peakKiB, reason: news.error))
            logger.debug(
                "python process ended",
                metadata: ["child": "\(child.number)", "peak": "\((news.peakKiB ?? 0) / 1_024) MiB"])
        }
    }

    /// Ends every wait for what does not come any more.
    private func finish() {
        isClosing.settle(())
        requests.close()
        let children = state.withLock { state in
            defer {
                state.children = [:]
                state.idle = []
                state.hasFinished = true
            }
            return Array(state.children.values)
        }
        for child in children {
            child.birth.settle(Self.gone)
            child.end.settle(PythonChild.End(reason: "the Python process that had forked it ended"))
        }
    }

    /// Closes it: the host process ends, and with it all children.
    func close() { isClosing.settle(()) }

    /// Waits until it is closed, or has ended.
    func waitUntilClosed() async { _ = await isClosing.value() }

    /// Whether nothing can be done with it any more.
    var hasEnded: Bool { isClosing.current != nil }

    /// Notes why it will never be ready; nothing where it was.
    func fail(_ failure: Failure) { readiness.settle(.failed(failure)) }

    /// Why it never became ready.
    var failure: Failure? {
        if case .failed(let failure) = readiness.current { return failure }
        return nil
    }

    /// Whether it is neither ready nor ended after so long.
    func outlasts(_ limit: Duration) async -> Bool {
        await readiness.value(within: limit) == nil && !hasEnded && !Task.isCancelled
    }

    /// The failure of tasks when there is no process for them: nothing of the function has run.
    static func notStarted(_ message: String, isRetryable: Bool = false) -> Failure {
        Failure(type: "PythonNotStarted", message: message, isRetryable: isRetryable)
    }

    /// What has ended may be there again for another attempt.
    private static let gone = PythonProblem("the Python process that forks others has ended", isRetryable: true)
}

// MARK: - Children

extension PythonHost {
    /// Waits until the file is loaded.
    ///
    /// - Throws: `Failure` when it cannot be; `CancellationError`.
    func waitUntilReady() async throws {
        switch await readiness.value() {
        case .ready: return
        case .failed(let failure): throw failure
        case nil: throw CancellationError()
        }
    }

    /// A child that runs nothing: one that is there, or a new one.
    ///
    /// - Throws: `PythonProblem` when none can be made; `CancellationError`.
    func take() async throws -> PythonChild {
        if let child = state.withLock({ $0.idle.popLast() }) { return child }
        let birth = PythonBirth()
        guard await requests.send(birth) else {
            try Task.checkCancellation()
            throw Self.gone
        }
        // Where the wish is given up the child comes all the same, for whoever is next.
        guard let result = await birth.child() else { throw CancellationError() }
        return try result.get()
    }

    /// Gives a child back that may run another task.
    func giveBack(_ child: PythonChild) {
        state.withLock { state in
            if state.children[child.number] != nil { state.idle.append(child) }
        }
    }

    /// Notes that a task begins, or ends, so that nobody ends the host meanwhile.
    func use(_ change: Int) {
        state.withLock { state in
            state.users += change
            state.lastUse = .now
        }
    }

    /// When it was used last; nil while it is used.
    var unusedSince: ContinuousClock.Instant? { state.withLock { $0.users > 0 ? nil : $0.lastUse } }

    /// Has children forked, one at a time, as they are asked for.
    private func giveBirths(
        _ channel: LocalChannel, _ births: DescriptorSocket, _ children: MessageChannel<PythonChild>
    ) async {
        while let request = await requests.receive() {
            do {
                let child = try await bear(channel, births, children)
                if case .some(.some(let problem)) = await child.birth.value() { throw problem }
                if !request.deliver(.success(child)) { giveBack(child) }
            } catch let problem as PythonProblem {
                _ = request.deliver(.failure(problem))
            } catch {
                let advice =
                    (error as? SystemError)?.meansTooManyFiles == true ? "; lower --slots, or raise ulimit -n" : ""
                _ = request.deliver(
                    .failure(
                        PythonProblem("a Python process could not be made: \(error)\(advice)", isRetryable: true)))
            }
        }
    }

    private func bear(
        _ channel: LocalChannel, _ births: DescriptorSocket, _ children: MessageChannel<PythonChild>
    ) async throws -> PythonChild {
        var pair = try SocketPair()
        var pipe = keepsOutput ? try OutputPipe() : nil
        let number = state.withLock { state in
            state.nextChild += 1
            return state.nextChild
        }
        let child = PythonChild(
            number: number,
            channel: try await LocalChannel.open(
                owning: pair.takeOwn(), maximum: settings.resultBytes + Self.answerBytes),
            outputDescriptor: pipe?.takeOwn(), output: PythonOutput(capacity: settings.outputBytes), host: channel)
        // From now on somebody closes what it has.
        guard await children.send(child) else {
            try? await child.channel.use { _ in }
            throw Self.gone
        }
        let isLate = state.withLock { state in
            if !state.hasFinished { state.children[number] = child }
            return state.hasFinished
        }
        if isLate { throw Self.gone }
        try births.give(withUnsafeBytes(of: number.bigEndian) { Array($0) }, with: [pair.given] + Self.given(pipe))
        return child
    }

    private static func given(_ pipe: borrowing OutputPipe?) -> [CInt] {
        switch pipe {
        case .some(let pipe): [pipe.given]
        case .none: []
        }
    }
}
