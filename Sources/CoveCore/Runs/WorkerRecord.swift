// SPDX-License-Identifier: Apache-2.0

/// A worker as its coordinator knows it.
package struct WorkerRecord: Sendable, Hashable, Codable {
    /// Where a worker stands.
    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// Connected, takes leases.
        case serving
        /// Connected, finishes what runs.
        case draining
        /// Its link ended while it held leases; they expire unless it comes back.
        case away
    }

    package var name: String
    package var state: State
    /// How many attempts it runs at the same time.
    package var slots: Int
    /// How many leases it holds.
    package var leases: Int
    /// The kinds of function that its operator allows.
    package var kinds: [FunctionSpecification.Kind]
    /// The regions that it serves, `*` standing for any characters; nil for all.
    package var regions: [String]?
    /// The role names that its operator allows, `*` standing for any characters; nil for all.
    package var roles: [String]?
    /// The account of its own credentials, where it told it.
    package var account: AccountID?
    /// The version of its program.
    package var program: String
    /// Where its link comes from, as `host:port`; empty within one process.
    package var address: String
    /// When its link began, by the coordinator's wall clock.
    package var connectedAt: Timestamp
    /// How long ago it was heard, in milliseconds.
    package var silentMilliseconds: Int64
    /// The Swift functions of its program, without their shapes; nil where it announced none.
    package var native: NativeOffer?

    package init(
        name: String, state: State, slots: Int, leases: Int, kinds: [FunctionSpecification.Kind], regions: [String]?,
        roles: [String]?, account: AccountID?, program: String, address: String, connectedAt: Timestamp,
        silentMilliseconds: Int64, native: NativeOffer? = nil
    ) {
        self.name = name
        self.state = state
        self.slots = slots
        self.leases = leases
        self.kinds = kinds
        self.regions = regions
        self.roles = roles
        self.account = account
        self.program = program
        self.address = address
        self.connectedAt = connectedAt
        self.silentMilliseconds = silentMilliseconds
        self.native = native
    }
}

extension WorkerRecord {
    /// Reads a worker; kinds that this version does not know are left out, as the coordinator leaves them out of a hello.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        state = try container.decode(State.self, forKey: .state)
        slots = try container.decode(Int.self, forKey: .slots)
        leases = try container.decode(Int.self, forKey: .leases)
        kinds = try container.decode([String].self, forKey: .kinds).compactMap(FunctionSpecification.Kind.init)
        regions = try container.decodeIfPresent([String].self, forKey: .regions)
        roles = try container.decodeIfPresent([String].self, forKey: .roles)
        account = try container.decodeIfPresent(AccountID.self, forKey: .account)
        program = try container.decode(String.self, forKey: .program)
        address = try container.decode(String.self, forKey: .address)
        connectedAt = try container.decode(Timestamp.self, forKey: .connectedAt)
        silentMilliseconds = try container.decode(Int64.self, forKey: .silentMilliseconds)
        native = try container.decodeIfPresent(NativeOffer.self, forKey: .native)
    }
}
