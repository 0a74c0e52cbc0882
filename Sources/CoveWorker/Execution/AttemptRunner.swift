// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// Runs the attempt of a lease to its end, whatever that is: it does not throw.
package protocol AttemptRunner: Sendable {
    /// Runs an attempt. When `cancellation` is cancelled the attempt ends soon and its lease is given back.
    func run(_ lease: Lease, _ assignment: RunAssignment, cancellation: AttemptCancellation) async -> AttemptEnd
}
