// SPDX-License-Identifier: Apache-2.0

/// The memory of a process for messages that come in chunks.
///
/// Who needs room waits in line, so that a large message is not overtaken for ever.
package final class AssemblyBudget: Sendable {
    /// Room that is reserved until it is given back or forgotten.
    package final class Reservation: Sendable {
        /// How many bytes.
        package let bytes: Int

        init(bytes: Int) { self.bytes = bytes }

        /// Gives the room back; a second time does nothing.
        package func giveBack() {}
    }

    /// A budget of so many bytes; 256 MiB by default.
    package init(capacity: Int = 256 << 20) {}

    /// Reserves room, once there is some and all who asked before have theirs.
    ///
    /// More than the whole budget is the whole budget.
    ///
    /// - Throws: `CancellationError`
    package func reserve(_ bytes: Int) async throws -> Reservation { Reservation(bytes: bytes) }
}
