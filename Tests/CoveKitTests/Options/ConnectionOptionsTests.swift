// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveWire
import Testing

@testable import CoveKit

/// Which coordinator, and what is shown to it, from a command line and variables.
@Suite struct ConnectionOptionsTests {
    private let place: TemporaryFolder
    private let token: String
    private let certificate: String
    private let key: String

    init() throws {
        place = try TemporaryFolder()
        token = try place.write("token", "secret-1\n".utf8, mode: 0o600)
        certificate = try place.write("c.pem", "-----BEGIN CERTIFICATE-----\n".utf8, mode: 0o644)
        key = try place.write("c.key", "-----BEGIN PRIVATE KEY-----\n".utf8, mode: 0o600)
    }

    private func resolve(
        _ arguments: [String], _ variables: [String: String] = [:]
    ) throws -> (connection: CoordinatorConnection?, problems: [String]) {
        let options = try ConnectionOptions.parse(arguments)
        var reader = SettingReader(variables: variables)
        let connection = options.resolve(&reader)
        return (connection, reader.problems)
    }

    @Test func `without a coordinator there is none, whatever variables say`() throws {
        let (connection, problems) = try resolve([], ["COVE_TOKEN_FILE": "/nowhere", "COVE_TLS_CA": "/nowhere"])
        #expect(connection == nil)
        #expect(problems == [])
    }

    @Test func `an argument that needs a coordinator is a problem without one`() throws {
        let (connection, problems) = try resolve(["--token-file", token, "--tls-key", key])
        #expect(connection == nil)
        #expect(
            problems == [
                "--token-file was given without --coordinator: name the coordinator too",
                "--tls-key was given without --coordinator: name the coordinator too",
            ])
    }

    @Test func `a loopback coordinator and a token need no TLS`() throws {
        let (connection, problems) = try resolve(["--coordinator", "localhost:70", "--token-file", token])
        #expect(problems == [])
        #expect(connection?.place == .tcp(host: "localhost", port: 70))
        #expect(connection?.token == AccessToken("secret-1"))
        #expect(connection?.tls == nil)
        #expect(connection?.warnings == [])
    }

    @Test func `every option has its variable, and an argument wins`() throws {
        let variables = [
            "COVE_COORDINATOR": "10.0.0.7", "COVE_TOKEN_FILE": token, "COVE_TLS_CA": certificate,
            "COVE_TLS_CERTIFICATE": certificate, "COVE_TLS_KEY": key,
        ]
        let (connection, problems) = try resolve([], variables)
        #expect(problems == [])
        #expect(connection?.place == .tcp(host: "10.0.0.7", port: 2_683))
        #expect(connection?.token == AccessToken("secret-1"))
        #expect(connection?.tls == WireTLS.Client(ca: certificate, certificate: certificate, key: key))
        #expect(connection?.arguments == [])
        let other = try place.write("other", "secret-2".utf8, mode: 0o600)
        let (changed, _) = try resolve(["--coordinator", "[::1]:9", "--token-file", other], variables)
        #expect(changed?.place == .tcp(host: "::1", port: 9))
        #expect(changed?.token == AccessToken("secret-2"))
    }

    @Test(arguments: [
        ("cove.example.org", [], true), ("10.0.0.7:1", [], true), ("127.0.0.1", [], false), ("::1", [], false),
        ("127.0.0.1", ["--tls-ca"], true), ("127.0.0.1", ["--tls-certificate", "--tls-key"], true),
    ]) func `TLS is used off loopback, and on loopback when an option asks for it`(
        address: String, options: [String], isUsed: Bool
    ) throws {
        let files = ["--tls-ca": certificate, "--tls-certificate": certificate, "--tls-key": key]
        let arguments = options.flatMap { [$0, files[$0] ?? ""] }
        let (connection, problems) = try resolve(["--coordinator", address, "--token-file", token] + arguments)
        #expect(problems == [])
        #expect((connection?.tls != nil) == isUsed)
    }

    @Test func `a certificate is shown in place of a token, and nothing is not enough`() throws {
        let (shown, problems) = try resolve([
            "--coordinator", "localhost", "--tls-certificate", certificate, "--tls-key", key,
        ])
        #expect(problems == [])
        #expect(shown?.token == nil)
        let (_, nothing) = try resolve(["--coordinator", "localhost"])
        #expect(nothing.count == 1)
        #expect(nothing[0].hasPrefix("nothing was given to show the coordinator: name the file of a token with"))
    }

    @Test func `a socket's path needs nothing more`() throws {
        let (connection, problems) = try resolve(["--coordinator", "/srv/store/control"])
        #expect(problems == [])
        #expect(connection?.place == .unix(path: "/srv/store/control"))
        #expect(connection?.tls == nil)
    }

    @Test func `everything that is wrong is told at once`() throws {
        let empty = try place.write("empty", "\n \n".utf8, mode: 0o600)
        let (connection, problems) = try resolve([
            "--coordinator", "host:port", "--token-file", empty, "--tls-ca", "/nowhere/ca.pem", "--tls-certificate",
            key,
        ])
        #expect(connection == nil)
        #expect(
            problems == [
                "coordinator \"host:port\" is no address: expected HOST:PORT, [IPV6]:PORT or HOST (port 2683)",
                "--tls-certificate: file \(key) does not hold a certificate in PEM, which begins with -----BEGIN",
                "--tls-certificate was given without --tls-key: name the key's file too",
                "--tls-ca: file /nowhere/ca.pem cannot be read: No such file or directory",
                "token file \(empty) is empty: expected a token in it",
            ])
    }

    @Test func `a key without its certificate, and a key that is none`() throws {
        let (_, problems) = try resolve([
            "--coordinator", "localhost", "--token-file", token, "--tls-key", certificate,
        ])
        #expect(
            problems == [
                "--tls-key: file \(certificate) does not hold a private key in PEM, which begins with -----BEGIN",
                "--tls-key was given without --tls-certificate: name the certificate's file too",
            ])
    }

    @Test func `another command is told with the options that were arguments`() throws {
        let spaced = try place.write("a token", "t".utf8, mode: 0o600)
        let (connection, _) = try resolve(
            ["--coordinator", "[::1]:9", "--token-file", spaced], ["COVE_TLS_CA": certificate])
        let command = try connection?.command("watch", .sample())
        #expect(
            command == "cove watch 20261120-235959-aaaa1 --coordinator '[::1]:9' --token-file '\(place.path)/a token'")
    }

    @Test func `a token never prints`() throws {
        let (connection, _) = try resolve(["--coordinator", "localhost", "--token-file", token])
        var dumped = ""
        dump(connection, to: &dumped)
        let shown = "\(connection as Any)" + String(reflecting: connection) + dumped
        #expect(!shown.contains("secret-1"))
    }
}
