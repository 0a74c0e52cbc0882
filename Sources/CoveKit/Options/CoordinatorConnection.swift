// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging

/// A coordinator on the network, and what is needed to be let in: every file was there and could be read.
struct CoordinatorConnection: Sendable {
    let place: WirePlace
    /// What is shown; nil where a certificate is shown instead, or nothing is asked for.
    let token: AccessToken?
    /// How the connection is encrypted; nil on loopback where no TLS option asks for it.
    let tls: WireTLS.Client?
    /// What is to be said of the files, a sentence each.
    let warnings: [String]
    /// The options that were given as arguments, as a shell reads them: another command needs them too.
    let arguments: [String]

    /// The address, as it was given.
    var address: String { place.description }

    /// What makes links to the coordinator.
    func connector(logger: Logger) -> WireConnector {
        WireConnector(
            place: place, tls: tls, token: token?.secret, program: CoveVersion.current, logger: logger)
    }

    /// What a user types to do something with a run that is kept there.
    func command(_ verb: String, _ run: RunID) -> String {
        ([Program.current.name, verb, run.rawValue] + arguments).joined(separator: " ")
    }
}
