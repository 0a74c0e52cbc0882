// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CoveAWS

/// A moto server of its own process, which ends with this value.
final class MotoServer: Sendable {
    /// Its URL.
    let url: String
    private let process: Process
    private let input: Pipe

    init() throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Scripts/moto_server.py")
        process = Process()
        input = Pipe()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: BotocoreReference.interpreter ?? "")
        process.arguments = [script.path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        url = String(decoding: line, as: UTF8.self)
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// A session whose service models are those of the interpreter's botocore.
    func session(region: String = "eu-west-1") throws -> AWSSession {
        var configuration = AWSConfiguration(region: region)
        configuration.endpoints = ConfiguredEndpoints(environment: ["AWS_ENDPOINT_URL": url])
        return try AWSSession(
            configuration: configuration,
            credentials: StaticCredentials(Credentials(accessKeyID: "testing", secretAccessKey: "testing")),
            transport: CurlTransport(), models: ModelStore(folders: [BotocoreReference.data]))
    }
}
