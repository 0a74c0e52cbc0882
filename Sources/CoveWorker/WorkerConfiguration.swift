// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import CoveWire

/// How a worker works.
package struct WorkerConfiguration: Sendable {
    /// The worker's name, as outcomes record it.
    package var name: String
    /// How many attempts run at the same time; 20 as in botocove.
    package var slots: Int
    /// The kinds of function that may run here.
    package var kinds: [FunctionSpecification.Kind]
    /// The account of the worker's own credentials, where it is known.
    package var account: AccountID?
    /// The clocks it lives by.
    package var clock: LinkClock

    package init(
        name: String, slots: Int = 20, kinds: [FunctionSpecification.Kind], account: AccountID? = nil,
        clock: LinkClock = .system
    ) {
        self.name = name
        self.slots = slots
        self.kinds = kinds
        self.account = account
        self.clock = clock
    }
}
