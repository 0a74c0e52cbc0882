// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import Logging
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A coordinator as a process of its own: store, listeners, service and signals put together.
struct CoordinatorDaemon: Sendable {
    /// When workers are to come back after the coordinator was stopped: it is started again at once, or not soon.
    private static let absence = Duration.seconds(1)

    /// How many of the runs that cannot be read are told one by one.
    private static let toldRuns = 10

    let listen: ListenOptions.Resolved
    let store: String
    let terms: LeaseTerms
    let access: LateAccess
    /// How many files this process may have open.
    let fileLimit: Int
    let console: Console
    let logger: Logger

    /// Serves until a signal ends it.
    ///
    /// - Throws: `StoreError` when the store cannot be opened or fails, `LinkError` when it cannot listen, `InvalidRequest` when a
    ///   token file is not what it should be.
    func run() async throws {
        let defaultRegion = try access.defaultRegion()
        let store = try await SQLiteTaskStore.open(
            folder: store, mode: .create, leases: .kept, pace: SQLiteTaskStore.sharingPace,
            writtenBy: CoveVersion.current, now: LinkClock.system.wall())
        do {
            try await tellUnreadableRuns(of: store)
            try await serve(store, defaultRegion)
        } catch {
            // The error is what has to be told; what was committed is safe without a clean end.
            try? await store.close()
            throw error
        }
        try await store.close()
        StopSignals.leaveAtOnce()
    }

    /// Says which runs of the store cannot be read: nothing of them is run, and nobody would know why.
    private func tellUnreadableRuns(of tasks: SQLiteTaskStore) async throws {
        let unreadable = try await tasks.unreadableRuns()
        for run in unreadable.prefix(Self.toldRuns) { console.say("cove: warning: \(run.message)") }
        let rest = unreadable.count - Self.toldRuns
        if rest > 0 { console.say("cove: warning: \(rest) more runs of this store cannot be read") }
    }

    /// The tokens, read anew when their files change, so that they can be replaced while workers are connected.
    private func openTokens() throws -> @Sendable () -> AccessTokens {
        let folder = TokenFolder(store: store)
        var generator = SystemRandomNumberGenerator()
        for warning in try folder.open(using: &generator).warnings { console.say("cove: warning: \(warning)") }
        let clock = LinkClock.system
        let tokens = try ChangingFiles(folder.paths, now: clock.now(), logger: logger) { try folder.read().tokens }
        return { tokens.current(now: clock.now()) }
    }

    private func serve(_ tasks: any TaskStore, _ defaultRegion: RegionName?) async throws {
        let tokens = try openTokens()
        let network = try await WireListener.bind(
            listen.place,
            ListenerConfiguration(
                tokens: tokens(), tls: listen.tls, program: CoveVersion.current, connections: connections),
            logger: logger)
        let listeners = [network, await controlListener()].compactMap { $0 }
        let service = CoordinatorService(
            store: tasks, directory: { [access] in try access.directory(for: $0) }, defaultRegion: defaultRegion,
            configuration: CoordinatorConfiguration(terms: terms), logger: logger)
        // Before anybody is told that it serves: who reads that may stop it at once.
        let signals = await UnixSignalsSequence(trapping: StopSignals.watched)
        console.announce("cove: coordinator listening on \(network.place) · store \(store)")
        console.announce(
            "cove: tokens are in \(TokenFolder(store: store).path): join for workers, submit and read for clients")
        try await serve(service, on: listeners, until: signals)
    }

    /// The socket in the store; nil where it cannot be made.
    private func controlListener() async -> WireListener? {
        do {
            return try await WireListener.bind(
                .unix(path: store + "/control"),
                ListenerConfiguration(tokens: AccessTokens(), program: CoveVersion.current, connections: connections),
                logger: logger)
        } catch {
            // It is a convenience for who is on this host: not every file system has sockets.
            console.say("cove: warning: there is no control socket in the store: \(error)")
            return nil
        }
    }

    /// The parts that run side by side.
    private enum Part: Sendable {
        case stopped
        case other
    }

    private func serve(
        _ service: CoordinatorService, on listeners: [WireListener], until signals: UnixSignalsSequence
    ) async throws {
        try await withThrowingTaskGroup(of: Part.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await service.run()
                return .other
            }
            for listener in listeners {
                group.addTask {
                    try await serve(service, on: listener)
                    return .other
                }
            }
            group.addTask {
                for await _ in signals { return .stopped }
                return .other
            }
            while let part = try await group.next() {
                guard case .stopped = part else { continue }
                console.announce("cove: coordinator stopping; a second signal leaves at once")
                StopSignals.leaveAtOnce()
                return await service.goAway(
                    Goaway(reason: "it was stopped", retryMilliseconds: Self.absence.milliseconds))
            }
        }
    }

    /// How many links there may be at the same time: each costs a file, and the store and AWS need some too.
    private var connections: Int { min(4_096, max(16, fileLimit - 100)) }

    private func serve(_ service: CoordinatorService, on listener: WireListener) async throws {
        try await listener.run(
            worker: { link, peer in
                log("worker connected", peer)
                try await service.serve(worker: link, address: peer.address)
                log("worker disconnected", peer)
            },
            client: { link, peer in
                log("client connected", peer)
                try await service.serve(client: link, rights: peer.rights)
                log("client disconnected", peer)
            })
    }

    private func log(_ message: Logger.Message, _ peer: WirePeer) {
        var metadata: Logger.Metadata = ["address": "\(peer.address)", "program": "\(peer.program)"]
        if let name = peer.certificateName { metadata["certificate"] = "\(name)" }
        logger.info(message, metadata: metadata)
    }
}
