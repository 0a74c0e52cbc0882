// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// Who a worker is, what it can do, and what it still holds.
package struct Hello: Sendable, Hashable, Codable {
    /// The worker's name, as outcomes record it.
    package var worker: String
    /// 128 random bits in hexadecimal, made when the worker's process started.
    ///
    /// A link with the same session is the same worker come back: it takes over what the former link held.
    package var session: String
    /// How many attempts it runs at the same time.
    package var slots: Int
    /// The kinds of function that its operator allows.
    package var kinds: [FunctionSpecification.Kind]
    /// The regions that it serves, `*` standing for any characters; nil for all.
    ///
    /// Tasks without a region go to any worker.
    package var regions: [String]?
    /// The role names that its operator allows, `*` standing for any characters; nil for all.
    package var roles: [String]?
    /// The account of the worker's own credentials, where it is known.
    package var account: AccountID?
    /// The version of its program.
    package var program: String
    /// The Swift functions of its program; nil for none.
    package var native: NativeOffer?
    /// The leases that it holds from a former link: attempts that run, and reports that were not answered.
    package var held: [LeaseToken]
    /// Whether it can fetch what travels with a run; a worker that does not say so is given no task that needs it.
    package var takesArtefacts: Bool
    /// Whether it starts a program as its settings say; a worker that does not say so is given no program that needs them.
    package var takesSettings: Bool

    package init(
        worker: String, session: String, slots: Int, kinds: [FunctionSpecification.Kind], regions: [String]? = nil,
        roles: [String]? = nil, account: AccountID? = nil, program: String = "", native: NativeOffer? = nil,
        held: [LeaseToken] = [], takesArtefacts: Bool = false, takesSettings: Bool = false
    ) {
        self.worker = worker
        self.session = session
        self.slots = slots
        self.kinds = kinds
        self.regions = regions
        self.roles = roles
        self.account = account
        self.program = program
        self.native = native
        self.held = held
        self.takesArtefacts = takesArtefacts
        self.takesSettings = takesSettings
    }
}
