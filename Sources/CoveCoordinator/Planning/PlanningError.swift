// SPDX-License-Identifier: Apache-2.0

package import CoveAWS

/// Why a plan could not be made although the request is well formed.
package enum PlanningError: Error, Sendable, CustomStringConvertible {
    /// The caller may not read the organization, or there is none; `need` is the permission that was missing.
    case cannotReadOrganization(AWSError, need: String)

    package var description: String {
        switch self {
        case .cannotReadOrganization(let error, let need):
            "the organization cannot be read: \(error). Cove needs \(need), from the management account or a delegated "
                + "administrator; without it, name accounts with --targets 111111111111,…"
        }
    }
}
