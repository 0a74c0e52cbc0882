// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Synchronization

/// A coordinator that was there and is waited for when it is lost: the runs that it has go on meanwhile.
final class PatientService: ForwardingService {
    /// The time between two attempts; the link has a delay of its own, which grows.
    private static let pause = Duration.milliseconds(500)

    private enum State {
        /// Nothing was answered yet: a coordinator that cannot be reached may be none.
        case unknown
        case connected
        case lost
    }

    private let service: any RunService
    private let console: Console
    private let clock: LinkClock
    private let state = Mutex(State.unknown)

    init(_ service: any RunService, console: Console, clock: LinkClock = .system) {
        self.service = service
        self.console = console
        self.clock = clock
    }

    func ask<Value: Sendable>(_ request: (any RunService) async throws -> Value) async throws -> Value {
        while true {
            do {
                let value = try await request(service)
                answered()
                return value
            } catch let error as LinkError where error.isTransient && lost() {
                try await clock.sleep(Self.pause)
            }
        }
    }

    private func answered() {
        let wasLost = state.withLock { state in
            defer { state = .connected }
            return state == .lost
        }
        if wasLost { console.say("cove: connected to the coordinator again") }
    }

    /// Notes that the link is lost; whether waiting may help.
    private func lost() -> Bool {
        let before = state.withLock { state in
            let before = state
            if state == .connected { state = .lost }
            return before
        }
        if before == .connected { console.say("cove: lost the coordinator; trying again, the run goes on") }
        return before != .unknown
    }
}
