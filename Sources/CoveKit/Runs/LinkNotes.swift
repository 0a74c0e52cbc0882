// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Tells the user that the coordinator was lost, and that it is there again.
final class LinkNotes: Sendable {
    private let console: Console
    private let isLost = Mutex(false)

    init(_ console: Console) { self.console = console }

    func note(_ event: AttendedLinks.Event) {
        let wasLost = isLost.withLock { isLost in
            defer { isLost = event == .lost }
            return isLost
        }
        switch event {
        case .made where wasLost: console.say("cove: connected to the coordinator again")
        case .lost where !wasLost: console.say("cove: lost the coordinator; trying again")
        case .made, .lost: break
        }
    }
}
