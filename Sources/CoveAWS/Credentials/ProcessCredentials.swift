// SPDX-License-Identifier: Apache-2.0

import Subprocess

import struct FoundationEssentials.Data
import struct FoundationEssentials.Date
import class FoundationEssentials.JSONDecoder

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Credentials that a program prints, named by a profile's `credential_process`.
///
/// The command is split into words as a shell would, but no shell runs: nothing is expanded and nothing is piped. The
/// program prints one JSON object with `Version` 1, `AccessKeyId`, `SecretAccessKey` and, for temporary keys, `SessionToken`
/// and `Expiration` (AWS SDKs and Tools Reference, "Process credential provider"). Its standard input is empty, its
/// environment the session's. What it prints never stands in an error; the end of its standard error does.
struct ProcessCredentials: CredentialProvider {
    /// The longest output that is read, in bytes, of each of the two streams.
    static let largestOutput = 1 << 20
    /// How long the program may run: long enough for a person to confirm something.
    static let timeLimit = Duration.seconds(120)
    private static let longestDiagnosis = 1000

    private let words: [String]
    private let profileName: String
    private let environment: [String: String]
    private let timeLimit: Duration

    /// Splits the command; the program is not started yet.
    init(
        command: String, profileName: String, environment: [String: String], timeLimit: Duration = Self.timeLimit
    ) throws {
        let words: [String]
        do {
            words = try ShellWords.split(command)
        } catch {
            throw AWSError.invalidCredentialConfiguration(
                "credential_process of profile \(profileName) ends within a quoted text")
        }
        guard let program = words.first, !program.isEmpty else {
            throw AWSError.invalidCredentialConfiguration("credential_process of profile \(profileName) is empty")
        }
        self.words = words
        self.profileName = profileName
        self.environment = environment
        self.timeLimit = timeLimit
    }

    func credentials() async throws -> Credentials {
        try parse(try await output())
    }

    /// What the program printed, when it ended well and in time.
    private func output() async throws -> [UInt8] {
        let result = try await withThrowingTaskGroup(of: ProcessOutput?.self) { group in
            group.addTask { try await run() }
            group.addTask { [timeLimit] in
                try await ContinuousClock().sleep(for: timeLimit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let result else {
            throw failure("it did not end within \(timeLimit.components.seconds) seconds")
        }
        guard result.status.isSuccess else {
            let diagnosis = String(decoding: result.diagnosis, as: UTF8.self).suffix(Self.longestDiagnosis)
            let lines = diagnosis.split(whereSeparator: \.isNewline).joined(separator: " | ")
            throw failure("\(result.status)" + (lines.isEmpty ? "" : ": \(lines)"))
        }
        return result.output
    }

    private struct ProcessOutput {
        var status: TerminationStatus
        var output: [UInt8]
        var diagnosis: [UInt8]
    }

    private func run() async throws -> ProcessOutput {
        var platform = PlatformOptions()
        platform.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
        var variables: [Environment.Key: String] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        do {
            let result = try await Subprocess.run(
                words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
                arguments: Arguments(Array(words.dropFirst())), environment: .custom(variables),
                platformOptions: platform, output: .bytes(limit: Self.largestOutput),
                error: .bytes(limit: Self.largestOutput))
            return ProcessOutput(
                status: result.terminationStatus, output: result.standardOutput, diagnosis: result.standardError)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            switch error.code {
            case .executableNotFound: throw failure("there is no such program")
            case .outputLimitExceeded: throw failure("it printed more than \(Self.largestOutput >> 20) MiB")
            default: throw failure("it could not be run (\(error.code))")
            }
        }
    }

    private struct Answer: Decodable {
        var AccessKeyId: String?
        var SecretAccessKey: String?
        var SessionToken: String?
        var Expiration: String?
    }

    private struct Version: Decodable {
        var Version: Int?
    }

    /// The credentials that the program's output says.
    ///
    /// Nothing of the output goes into an error but its version.
    private func parse(_ output: [UInt8]) throws -> Credentials {
        let decoder = JSONDecoder()
        guard let version = try? decoder.decode(Version.self, from: Data(output)) else {
            throw failure("its output is not a JSON object with a Version that is a number")
        }
        guard version.Version == 1 else {
            let found = version.Version.map(String.init) ?? "<Version key not provided>"
            throw failure(
                "Unsupported version '\(found)' for credential process provider, supported versions: 1")
        }
        guard let answer = try? decoder.decode(Answer.self, from: Data(output)) else {
            throw failure("a value in its output is not a text")
        }
        guard let accessKeyID = answer.AccessKeyId, !accessKeyID.isEmpty else {
            throw failure("Missing required key in response: 'AccessKeyId'")
        }
        guard let secret = answer.SecretAccessKey, !secret.isEmpty else {
            throw failure("Missing required key in response: 'SecretAccessKey'")
        }
        var expiration: Date?
        if let text = answer.Expiration {
            guard let date = ExpirationTime.date(text) else {
                throw failure("the Expiration in its output is not a time with zone such as 2030-01-31T12:00:00Z")
            }
            expiration = date
        }
        return Credentials(
            accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: answer.SessionToken,
            expiration: expiration)
    }

    private func failure(_ reason: String) -> AWSError {
        .credentialRetrieval(provider: "custom-process", "\(words[0]) (profile \(profileName)): \(reason)")
    }
}

extension ProcessCredentials: CustomStringConvertible, CustomReflectable {
    /// The program's name; its arguments and its environment may hold secrets.
    var description: String { "ProcessCredentials(\(words[0]))" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
