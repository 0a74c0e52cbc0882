// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveWire

/// The options that say which coordinator to speak to, and by what it knows who speaks.
struct ConnectionOptions: ParsableArguments {
    @Option(
        name: .long,
        help: .setting("coordinator", "The coordinator to connect to; 2683 is the default port.", value: "host:port"))
    var coordinator: String?
    @Option(
        name: .long,
        help: .setting(
            "token-file", "The file of the token to show: the coordinator made one for each right.", value: "path"))
    var tokenFile: String?
    @Option(
        name: .long,
        help: .setting(
            "tls-ca", "The certificates (PEM) that the coordinator's has to come from. (default: the system's)",
            value: "path"))
    var tlsCa: String?
    @Option(
        name: .long,
        help: .setting("tls-certificate", "The certificate (PEM) to show in place of a token.", value: "path"))
    var tlsCertificate: String?
    @Option(name: .long, help: .setting("tls-key", "The certificate's key (PEM).", value: "path"))
    var tlsKey: String?
}

extension ConnectionOptions {
    /// The coordinator and what is needed to be let in; nil when none was named.
    ///
    /// What is wrong is left with the reader. An argument that is of no use without `--coordinator` is wrong; a variable is not: it may
    /// stand there for another command.
    func resolve(_ reader: inout SettingReader) -> CoordinatorConnection? {
        guard let name = reader.text(coordinator, "coordinator") else {
            for (argument, option) in arguments.dropFirst() where argument != nil {
                reader.add(problem: "--\(option) was given without --coordinator: name the coordinator too")
            }
            return nil
        }
        var warnings: [String] = []
        let place = WirePlace.read(name, "coordinator", &reader)
        let identity = IdentityFiles.resolve(certificate: tlsCertificate, key: tlsKey, &reader, warnings: &warnings)
        let authority = reader.text(tlsCa, "tls-ca")
        if let authority { IdentityFiles.checkCertificates(authority, "tls-ca", &reader) }
        let tokenPath = reader.text(tokenFile, "token-file")
        let token = tokenPath.flatMap { TokenFile.first(in: $0, &reader, warnings: &warnings) }
        guard let place else { return nil }
        var tls: WireTLS.Client?
        if case .tcp = place {
            if !place.isLoopback || authority != nil || identity != nil {
                tls = WireTLS.Client(ca: authority, certificate: identity?.certificate, key: identity?.key)
            }
            if tokenPath == nil, reader.text(tlsCertificate, "tls-certificate") == nil {
                reader.add(
                    problem: "nothing was given to show the coordinator: name the file of a token with --token-file "
                        + "(it made some in the folder \"tokens\" of its store), or a certificate with "
                        + "--tls-certificate and --tls-key")
            }
        }
        return CoordinatorConnection(
            place: place, token: token, tls: tls, warnings: warnings,
            arguments: arguments.compactMap { argument, option in argument.map { "--\(option) \(ShellWord($0))" } })
    }

    /// What was given as an argument, by option.
    private var arguments: [(String?, String)] {
        [
            (coordinator, "coordinator"), (tokenFile, "token-file"), (tlsCa, "tls-ca"),
            (tlsCertificate, "tls-certificate"), (tlsKey, "tls-key"),
        ]
    }
}

extension WirePlace {
    /// The place that an option names; what is wrong is left with the reader.
    static func read(_ text: String, _ option: String, _ reader: inout SettingReader) -> WirePlace? {
        do { return try WirePlace(text) } catch {
            reader.add(problem: "\(option) \(error.message)")
            return nil
        }
    }
}
