// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

/// Certificates, against OpenSSL's own test server.
@Suite(.timeLimit(.minutes(5)))
struct TLSTests {
    @Test func `a certificate is accepted when the CA bundle holds it, and refused otherwise`() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        let request = HTTPRequest(.get, to: try HTTPOrigin("https://127.0.0.1:\(server.port)"))

        var trusting = TransportConfiguration()
        trusting.caBundle = server.certificate
        #expect(try await CurlTransport(trusting).send(request).status == 200)

        let error = await #expect(throws: AWSError.self) { try await CurlTransport().send(request) }
        #expect(error?.phase == .notSent)
        #expect(error?.code == "TLSVerificationFailed")
        #expect(error?.isRetryable == false)

        // The certificate is for 127.0.0.1 and for no other name of the same host.
        let named = HTTPRequest(.get, to: try HTTPOrigin("https://localhost:\(server.port)"))
        let mismatch = await #expect(throws: AWSError.self) { try await CurlTransport(trusting).send(named) }
        #expect(mismatch?.code == "TLSVerificationFailed")
    }

    @Test func `a CA bundle that is no file of certificates is told as such`() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        var configuration = TransportConfiguration()
        configuration.caBundle = server.folder + "/absent.pem"
        let request = HTTPRequest(.get, to: try HTTPOrigin("https://127.0.0.1:\(server.port)"))
        let error = await #expect(throws: AWSError.self) { try await CurlTransport(configuration).send(request) }
        #expect(error?.code == "InvalidCABundle")
        #expect(error?.message.contains("AWS_CA_BUNDLE") == true)
    }
}

/// `openssl s_server` with a certificate of its own for 127.0.0.1.
private final class TLSServer {
    let folder: String
    let certificate: String
    let port: Int
    private let process = Process()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("cove-tls-\(UUID())").path
        certificate = folder + "/certificate.pem"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let make = Process()
        make.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        make.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
            "-subj", "/CN=cove test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key.pem", "-out",
            certificate,
        ]
        make.standardError = FileHandle.nullDevice
        try make.run()
        make.waitUntilExit()
        try #require(make.terminationStatus == 0)

        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "openssl", "s_server", "-www", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", folder + "/key.pem",
        ]
        process.standardOutput = output
        process.standardInput = Pipe()
        process.standardError = FileHandle.nullDevice
        try process.run()
        // It says "ACCEPT 127.0.0.1:43210" as soon as it listens.
        var text = ""
        while !text.contains("ACCEPT") || text.last != "\n" {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty, "openssl s_server ended: \(text)")
            text += String(decoding: data, as: UTF8.self)
        }
        port = try #require(Int(text.split(separator: ":").last?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""))
    }

    func stop() {
        // Not SIGTERM: the child inherits the test thread's signal mask, which may block it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
