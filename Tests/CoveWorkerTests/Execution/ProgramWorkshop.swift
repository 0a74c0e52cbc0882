// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import FoundationEssentials
import Glibc

@testable import CoveWorker

/// A folder, and an executor whose programs know it as `$DIR`.
///
/// What a program does is awaited through FIFOs that `cat` reads: `cat` ends when the last process that has its FIFO
/// open is gone.
final class ProgramWorkshop: Sendable {
    static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    static let token = "FwoGZXIvYXdzEXAMPLE/" + String(repeating: "t0k3n+", count: 60)
    static let credentials = Credentials(accessKeyID: "ASIAEXAMPLE", secretAccessKey: secret, sessionToken: token)
    static let path = "/usr/local/bin:/usr/bin:/bin"

    let folder: String
    let executor: ProgramExecutor

    init(
        environment: [String: String] = [:], resultBytes: Int = 1 << 20, killGrace: Duration = .milliseconds(50),
        gate: ProgramGate = ProgramGate()
    ) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/cove-program-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let variables = ["PATH": Self.path, "DIR": folder].merging(environment) { _, new in new }
        self.folder = folder
        executor = ProgramExecutor(
            environment: variables, limits: ProgramLimits(resultBytes: resultBytes, killGrace: killGrace), gate: gate)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The session of every program here.
    func session(
        region: String? = "eu-west-1", name: String? = nil, information: String = #"{"Id":"012345678901"}"#
    ) -> ProgramSession {
        ProgramSession(
            credentials: Self.credentials, renewed: { Self.credentials }, account: AccountID("012345678901")!,
            name: name,
            region: region.flatMap { RegionName($0) },
            run: RunID("20261120-235959-k3x9q")!, information: JSONText(trusted: Array(information.utf8)))
    }

    /// Runs a shell script.
    func shell(_ script: String, parsing: ProgramSpecification.Parsing = .text, region: String? = "eu-west-1")
        async throws
        -> JSONText?
    {
        try await run("sh", ["-c", script], parsing: parsing, region: region)
    }

    /// Runs a program.
    func run(
        _ program: String, _ arguments: [String] = [], parsing: ProgramSpecification.Parsing = .text,
        region: String? = "eu-west-1"
    ) async throws -> JSONText? {
        try await executor.run(
            ProgramSpecification(program: program, arguments: arguments, parsing: parsing),
            in: session(region: region))
    }

    /// Runs a shell script that must fail.
    func failure(_ script: String, parsing: ProgramSpecification.Parsing = .text) async throws -> Failure {
        try await failure { try await self.shell(script, parsing: parsing) }
    }

    /// The failure that `body` throws.
    func failure(_ body: () async throws -> JSONText?) async throws -> Failure {
        do {
            throw Unexpected(result: try await body()?.text)
        } catch let failure as Failure {
            return failure
        }
    }

    /// Makes a FIFO.
    func fifo(_ name: String) throws {
        guard mkfifo(folder + "/" + name, 0o600) == 0 else { throw Unexpected(result: "mkfifo: errno \(errno)") }
    }

    /// Everything that is written into a FIFO, once all its writers are gone.
    func end(of name: String) async throws -> String {
        try await run("cat", [folder + "/" + name], parsing: .text).map(Self.string) ?? ""
    }

    /// Runs a script until it has written a line into the FIFO `ready`, then cancels its task.
    ///
    /// - Returns: what came of the task.
    func cancelled(_ script: String) async throws -> Result<JSONText?, any Error> {
        try fifo("ready")
        return await withTaskGroup(of: Result<JSONText?, any Error>?.self) { group in
            group.addTask { await Result { try await self.shell(script) } }
            _ = try? await end(of: "ready")
            group.cancelAll()
            return await group.next()?.map { $0 } ?? .failure(Unexpected(result: nil))
        }
    }

    /// The text that a JSON string holds.
    static func string(_ text: JSONText) -> String {
        (try? JSONDecoder().decode(String.self, from: Data(text.utf8))) ?? "not a string: \(text.text)"
    }

    func file(_ name: String) -> String? {
        FileManager.default.contents(atPath: folder + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws {
        try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
        guard chmod(folder + "/" + name, mode) == 0 else { throw Unexpected(result: "chmod: errno \(errno)") }
    }

    /// Something else than what a test needs to go on.
    struct Unexpected: Error { let result: String? }
}

extension Result where Failure == any Error {
    /// What `body` returns or throws.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
