// SPDX-License-Identifier: Apache-2.0

/// Whom a coordinator lets in, and how many.
package struct ListenerConfiguration: Sendable {
    /// The tokens that give rights; asked for with every link.
    package var tokens: @Sendable () -> AccessTokens
    /// What it shows; nil for connections without TLS, which only loopback places take.
    package var tls: WireTLS.Server?
    /// The version of its program, for its greeting.
    package var program: String
    /// The protocol's features that it has.
    package var features: [String]
    /// What is taken in of each link.
    package var limits: FrameLimits
    /// How many connections there are at most; each costs a descriptor and some memory.
    package var connections: Int
    /// How many connections are at most in their handshake.
    ///
    /// Who has shown no token takes no room from those who have.
    package var unauthenticated: Int
    /// The memory for messages in chunks, of all links together.
    package var assembly: AssemblyBudget
    package var clock: LinkClock

    /// A configuration; what is not given has its default.
    package init(
        tokens: @escaping @autoclosure @Sendable () -> AccessTokens, tls: WireTLS.Server? = nil, program: String,
        features: [String] = [],
        limits: FrameLimits = .init(), connections: Int = 4_096, unauthenticated: Int = 256,
        assembly: AssemblyBudget = .shared, clock: LinkClock = .system
    ) {
        self.tokens = tokens
        self.tls = tls
        self.program = program
        self.features = features
        self.limits = limits
        self.connections = connections
        self.unauthenticated = unauthenticated
        self.assembly = assembly
        self.clock = clock
    }
}

extension AssemblyBudget {
    /// The budget of this process.
    package static let shared = AssemblyBudget()
}
