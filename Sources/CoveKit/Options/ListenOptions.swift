// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveWire

/// The options that say where a coordinator listens, and how it proves who it is.
struct ListenOptions: ParsableArguments {
    @Option(
        name: .long,
        help: .setting("listen", "Where workers and clients connect to. (default: 127.0.0.1:2683)", value: "host:port"))
    var listen: String?
    @Option(
        name: .long,
        help: .setting(
            "tls-certificate", "The coordinator's certificate (PEM), with what leads to its authority.", value: "path"))
    var tlsCertificate: String?
    @Option(name: .long, help: .setting("tls-key", "The certificate's key (PEM).", value: "path"))
    var tlsKey: String?
    @Option(
        name: .long,
        help: .setting(
            "tls-client-ca", "The authority (PEM) of certificates that workers and clients may show for a token.",
            value: "path"))
    var tlsClientCa: String?
}

extension ListenOptions {
    /// Where it listens and how, once that is known to be well formed.
    struct Resolved: Sendable {
        let place: WirePlace
        /// Nil on loopback where no TLS option is given.
        let tls: WireTLS.Server?
        /// What is to be said of the files, a sentence each.
        let warnings: [String]
    }

    /// Reads the options and their variables; nil when there is no place to listen at, which is left with the reader.
    func resolve(_ reader: inout SettingReader) -> Resolved? {
        var warnings: [String] = []
        let name = reader.text(listen, "listen") ?? "127.0.0.1"
        let place = WirePlace.read(name, "listen", &reader)
        let identity = IdentityFiles.resolve(certificate: tlsCertificate, key: tlsKey, &reader, warnings: &warnings)
        let clients = reader.text(tlsClientCa, "tls-client-ca")
        if let clients { IdentityFiles.checkCertificates(clients, "tls-client-ca", &reader) }
        let isWithoutTLS =
            reader.text(tlsCertificate, "tls-certificate") == nil && reader.text(tlsKey, "tls-key") == nil
        if isWithoutTLS, clients != nil {
            reader.add(problem: "--tls-client-ca was given without --tls-certificate and --tls-key: name them too")
        }
        switch place {
        case .tcp where place?.isLoopback == false && isWithoutTLS:
            reader.add(
                problem: "--listen \(name) can be reached from other machines, which needs TLS: give --tls-certificate "
                    + "and --tls-key (`\(Program.current.name) certs init` and `\(Program.current.name) certs coordinator` make them), or listen on loopback, "
                    + "as at 127.0.0.1"
            )
        case .unix:
            reader.add(
                problem:
                    "--listen \(name) is a path: expected HOST:PORT (the store has a socket of its own in any case)")
        case .tcp, nil: break
        }
        guard let place else { return nil }
        let tls = identity.map { WireTLS.Server(certificate: $0.certificate, key: $0.key, clientCA: clients) }
        return Resolved(place: place, tls: tls, warnings: warnings)
    }
}
