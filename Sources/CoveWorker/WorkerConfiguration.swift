// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import CoveWire

/// How a worker works.
package struct WorkerConfiguration: Sendable {
    /// The worker's name, as outcomes record it.
    package var name: String
    /// 128 random bits in hexadecimal that tell this process from any other of that name.
    ///
    /// A link with the same session takes over what the former link held. Empty for a worker that has one link in its life.
    package var session: String
    /// The version of the program that it is part of.
    package var program: String
    /// How many attempts run at the same time; 20 as in botocove.
    package var slots: Int
    /// The kinds of function that may run here.
    package var kinds: [FunctionSpecification.Kind]
    /// The regions to work in, `*` standing for any characters; nil for all.
    ///
    /// What runs without a region may run here in any case.
    package var regions: [String]?
    /// The names of the roles that may be assumed, with their paths, `*` standing for any characters; nil for all.
    package var roles: [String]?
    /// The account of the worker's own credentials, where it is known.
    package var account: AccountID?
    /// The Swift functions of its program, as the coordinator is told of them; nil for none.
    package var native: NativeOffer?
    /// How long a drained worker in which nothing runs any more goes on trying to reach a coordinator that is away.
    ///
    /// A minute: a coordinator that is started anew is back by then, and an orchestrator that stops the worker still waits.
    package var deliveryLimit: Duration
    /// The clocks it lives by.
    package var clock: LinkClock

    package init(
        name: String, session: String = "", program: String = "", slots: Int = 20, kinds: [FunctionSpecification.Kind],
        regions: [String]? = nil, roles: [String]? = nil, account: AccountID? = nil,
        native: NativeOffer? = nil, deliveryLimit: Duration = .seconds(60), clock: LinkClock = .system
    ) {
        self.name = name
        self.session = session
        self.program = program
        self.slots = slots
        self.kinds = kinds
        self.regions = regions
        self.roles = roles
        self.account = account
        self.native = native
        self.deliveryLimit = deliveryLimit
        self.clock = clock
    }

    /// A session for a worker that connects to a coordinator: 128 random bits in hexadecimal.
    package static func newSession(using generator: inout some RandomNumberGenerator) -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

extension WorkerConfiguration {
    /// Why the worker does not run an attempt that it was granted; nil where its operator allows it.
    ///
    /// Whatever the coordinator grants: whoever can reach it, or runs it, cannot do by that alone what the worker's operator did not
    /// allow.
    func refusal(of lease: Lease, _ assignment: RunAssignment) -> Failure? {
        let kind = assignment.function.kind
        if !kinds.contains(kind) {
            return notAllowed("run functions of the kind \(kind.rawValue)", allowed: kinds.map(\.rawValue))
        }
        if let region = lease.region, let regions, !regions.matches(region.rawValue) {
            return notAllowed("work in \(region)", allowed: regions)
        }
        if let roles, !roles.matches(assignment.role.name) {
            return notAllowed("assume the role \(assignment.role.name)", allowed: roles)
        }
        return nil
    }

    private func notAllowed(_ what: String, allowed: [String]) -> Failure {
        let allowed = allowed.isEmpty ? "nothing" : allowed.joined(separator: ", ")
        return Failure(
            type: "NotAllowed",
            message: "the worker \(name) may not \(what): its operator allows \(allowed); "
                + "change the run, or what the worker is allowed, and retry",
            isRetryable: false)
    }
}
