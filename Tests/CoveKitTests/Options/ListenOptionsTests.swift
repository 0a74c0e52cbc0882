// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveWire
import Testing

@testable import CoveKit

@Suite struct ListenOptionsTests {
    private let place: TemporaryFolder
    private let certificate: String
    private let key: String

    init() throws {
        place = try TemporaryFolder()
        certificate = try place.write("c.pem", "-----BEGIN CERTIFICATE-----\n".utf8, mode: 0o644)
        key = try place.write("c.key", "-----BEGIN EC PRIVATE KEY-----\n".utf8, mode: 0o600)
    }

    private func resolve(
        _ arguments: [String], _ variables: [String: String] = [:]
    ) throws -> (listen: ListenOptions.Resolved?, problems: [String]) {
        let options = try ListenOptions.parse(arguments)
        var reader = SettingReader(variables: variables)
        let listen = options.resolve(&reader)
        return (listen, reader.problems)
    }

    @Test func `the default is this machine alone, without TLS`() throws {
        let (listen, problems) = try resolve([])
        #expect(problems == [])
        #expect(listen?.place == .tcp(host: "127.0.0.1", port: 2_683))
        #expect(listen?.tls == nil)
    }

    @Test func `every option has its variable, and an argument wins`() throws {
        let variables = [
            "COVE_LISTEN": "0.0.0.0:1", "COVE_TLS_CERTIFICATE": certificate, "COVE_TLS_KEY": key,
            "COVE_TLS_CLIENT_CA": certificate,
        ]
        let (listen, problems) = try resolve([], variables)
        #expect(problems == [])
        #expect(listen?.place == .tcp(host: "0.0.0.0", port: 1))
        #expect(listen?.tls == WireTLS.Server(certificate: certificate, key: key, clientCA: certificate))
        #expect(try resolve(["--listen", "[::]:0"], variables).listen?.place == .tcp(host: "::", port: 0))
    }

    @Test(arguments: ["0.0.0.0", "[::]:2683", "10.0.0.7:2683", "cove.example.org"])
    func `where others can connect to TLS is needed, and it is said how to have it`(address: String) throws {
        let (_, problems) = try resolve(["--listen", address])
        #expect(problems.count == 1)
        #expect(problems[0].hasPrefix("--listen \(address) can be reached from other machines, which needs TLS"))
        #expect(problems[0].contains("`cove certs init` and `cove certs coordinator`"))
    }

    @Test func `everything that is wrong is told at once`() throws {
        let (listen, problems) = try resolve(["--listen", ":1", "--tls-key", "/nowhere", "--tls-client-ca", key])
        #expect(listen == nil)
        #expect(
            problems == [
                "listen \":1\" is no address: expected HOST:PORT, [IPV6]:PORT or HOST (port 2683)",
                "--tls-key: file /nowhere cannot be read: No such file or directory",
                "--tls-key was given without --tls-certificate: name the certificate's file too",
                "--tls-client-ca: file \(key) does not hold a certificate in PEM, which begins with -----BEGIN",
            ])
        #expect(
            try resolve(["--tls-client-ca", certificate, "--listen", "./socket"]).problems == [
                "--tls-client-ca was given without --tls-certificate and --tls-key: name them too",
                "--listen ./socket is a path: expected HOST:PORT (the store has a socket of its own in any case)",
            ])
    }

    @Test func `a key that everybody may read is a warning`() throws {
        let open = try place.write("open.key", "-----BEGIN PRIVATE KEY-----\n".utf8, mode: 0o644)
        let (listen, problems) = try resolve(["--tls-certificate", certificate, "--tls-key", open])
        #expect(problems == [])
        #expect(
            listen?.warnings == [
                "key file \(open) can be read by everybody on this host (mode 0644); make it private with chmod 600"
            ])
    }
}
