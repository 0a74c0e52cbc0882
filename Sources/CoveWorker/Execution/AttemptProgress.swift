// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How far an attempt came: whether its function was started, and may therefore have had effects.
final class AttemptProgress: Sendable {
    private let assumed = Atomic(false)
    private let started = Atomic(false)

    func assumeRole() { assumed.store(true, ordering: .releasing) }
    var roleAssumed: Bool { assumed.load(ordering: .acquiring) }

    func startFunction() { started.store(true, ordering: .releasing) }
    var functionStarted: Bool { started.load(ordering: .acquiring) }
}
