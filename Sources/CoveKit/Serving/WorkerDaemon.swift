// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveWire
import CoveWorker
import Logging
import Synchronization
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A worker as a process of its own: connection, execution and signals put together.
struct WorkerDaemon: Sendable {
    /// How long the worker waits for STS to say whose its credentials are; it works without knowing.
    private static let identityLimit = Duration.seconds(3)
    /// How long a drained worker goes on trying to deliver what it has: with the default drain timeout, and the 5 seconds that
    /// programs have to end, below the 30 seconds that orchestrators grant.
    private static let deliveryLimit = Duration.seconds(4)

    let connection: CoordinatorConnection
    let settings: WorkerOptions.Resolved
    let access: AWSAccess
    let functions: FunctionRegistry
    /// Where files are kept that travel with runs; nil where no folder can be told.
    let artefactFolder: String?
    let console: Console
    let logger: Logger

    /// Works until it was drained.
    ///
    /// - Throws: `CommandFailure` when something was left undone; an error that becomes one when the coordinator refused the worker.
    func run() async throws {
        let kinds = settings.kinds.filter { functions.kinds.contains($0) }
        if kinds.isEmpty {
            let allowed = settings.kinds.map(\.rawValue).joined(separator: ", ")
            console.say(
                "cove: warning: nothing runs here: this program has no Swift functions (--allow is \(allowed)); operations of "
                    + "AWS run with --allow call, programs with --allow exec, Python functions with --allow python")
        }
        if artefactFolder == nil {
            console.say(
                "cove: warning: there is no folder for files that travel with runs, so none of those run here: "
                    + "set HOME or XDG_CACHE_HOME")
        }
        let artefacts = artefactFolder.map { ArtefactCache(folder: $0, logger: logger) }
        var generator = SystemRandomNumberGenerator()
        let worker = Worker(
            configuration: WorkerConfiguration(
                name: settings.name, session: WorkerConfiguration.newSession(using: &generator),
                program: CoveVersion.current, slots: settings.slots, kinds: kinds,
                regions: settings.regions,
                roles: settings.roles, account: await account(), native: functions.offer,
                deliveryLimit: Self.deliveryLimit),
            runner: RoleAssumingRunner(
                sessions: SessionCache(aws: access.session), functions: functions, artefacts: artefacts,
                logger: logger),
            artefacts: artefacts, logger: logger)
        // Before it connects: who sees it at the coordinator may stop it at once.
        let signals = await StopSignals.trap()
        let ending = try await withThrowingTaskGroup(of: WorkerEnding?.self) { group in
            group.addTask { try await worker.run(connecting: links(to: connection.connector(logger: logger))) }
            group.addTask {
                await DrainSignals(
                    signals: signals, steps: steps(of: worker), drainTimeout: settings.drainTimeout, console: console
                ).watch()
                return nil
            }
            group.addTask {
                await functions.run()
                return nil
            }
            defer { group.cancelAll() }
            while let part = try await group.next() {
                if let part { return part }
            }
            return WorkerEnding(undeliveredReports: 0)
        }
        StopSignals.leaveAtOnce()
        guard ending.undeliveredReports == 0 else {
            throw CommandFailure(
                .unavailable,
                [
                    "\(ending.undeliveredReports) reports could not be delivered to the coordinator: "
                        + "it has those tasks run again when their leases expire"
                ])
        }
        console.announce("cove: worker \(settings.name) drained")
    }

    private func steps(of worker: Worker) -> DrainSignals<UnixSignalsSequence>.Steps {
        .init(
            drain: {
                worker.drain()
                return worker.attempts
            },
            cancelAttempts: { worker.cancelAttempts() },
            leave: {
                console.say("cove: left at once; what ran is run again when its leases expire")
                _exit(ExitStatus.interrupted.rawValue)
            })
    }

    private func links(to connector: WireConnector) -> some LinkSource<
        WorkerMessage, CoordinatorMessage
    > {
        let isFirst = Mutex(true)
        let (console, name, place) = (console, settings.name, connection.place)
        return AnnouncingLinks(source: connector.workerLinks) { _ in
            let again = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst ? "" : " again"
            }
            console.announce("cove: worker \(name) connected to \(place)\(again)")
        }
    }

    /// The account of the worker's credentials, which the coordinator shows; nil when STS does not say it soon.
    private func account() async -> AccountID? {
        let (session, logger) = (access.session, logger)
        return await withTaskGroup(of: AccountID?.self) { group in
            group.addTask {
                do {
                    return AccountID(try await session.sts.getCallerIdentity().account)
                } catch {
                    if !Task.isCancelled {
                        logger.warning(
                            "sts does not tell the worker's account", metadata: ["error": "\(error)"])
                    }
                    return nil
                }
            }
            group.addTask {
                try? await ContinuousClock().sleep(for: Self.identityLimit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
