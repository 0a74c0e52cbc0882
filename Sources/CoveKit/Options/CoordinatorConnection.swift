// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// A coordinator on the network, and what is needed to be let in: every file was there and could be read.
struct CoordinatorConnection: Sendable {
    let address: NetworkAddress
    /// What is shown; nil where a certificate is shown instead.
    let token: SecretToken?
    /// Whether the connection is encrypted; always, but on loopback where no TLS option asks for it.
    let usesTLS: Bool
    /// The file of the certificates that the coordinator's has to come from; nil for the system's.
    let authority: String?
    /// The certificate that is shown.
    let identity: IdentityFiles?
    /// What is to be said of the files, a sentence each.
    let warnings: [String]
    /// The options that were given as arguments, as a shell reads them: another command needs them too.
    let arguments: [String]

    /// What a user types to do something with a run that is kept there.
    func command(_ verb: String, _ run: RunID) -> String {
        (["cove", verb, run.rawValue] + arguments).joined(separator: " ")
    }
}
