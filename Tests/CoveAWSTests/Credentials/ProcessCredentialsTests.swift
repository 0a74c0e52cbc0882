// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

@Suite(.timeLimit(.minutes(5))) struct `A credential process` {
    private let environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "NAME": "KEY"]

    private func run(_ command: String, timeLimit: Duration = .seconds(120)) async throws -> Credentials {
        try await ProcessCredentials(
            command: command, profileName: "p", environment: environment, timeLimit: timeLimit
        ).credentials()
    }

    private func failure(_ command: String, timeLimit: Duration = .seconds(120)) async -> String {
        let error = await #expect(throws: AWSError.self) { try await run(command, timeLimit: timeLimit) }
        return error?.description ?? ""
    }

    private static let prefix =
        "CredentialRetrieval: Error when retrieving credentials from custom-process: sh (profile p): "

    @Test func `gives the keys that it prints`() async throws {
        let found = try await run(
            #"sh -c 'echo "{\"Version\":1,\"AccessKeyId\":\"$NAME\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":\"2030-01-01T00:00:00+01:00\"}"'"#
        )
        #expect(
            found
                == Credentials(
                    accessKeyID: "KEY", secretAccessKey: "s", sessionToken: "t",
                    expiration: Date(timeIntervalSince1970: 1_893_452_400)))
    }

    @Test func `tells the end of what it says on standard error, never its output`() async {
        let text = await failure("sh -c 'echo secret-output; echo first line >&2; echo and why >&2; exit 3'")
        #expect(text.hasPrefix(Self.prefix))
        #expect(text.contains("3") && text.hasSuffix("first line | and why"))
        #expect(!text.contains("secret-output"))
        let long = await failure("sh -c 'i=0; while [ $i -lt 2000 ]; do echo word$i >&2; i=$((i+1)); done; exit 1'")
        #expect(long.count < 1500 && long.hasSuffix("word1999"))
    }

    @Test(arguments: [
        ("echo not-json-but-secret", "its output is not a JSON object with a Version that is a number"),
        (
            #"echo "{\"Version\":\"1\",\"AccessKeyId\":\"secret\"}""#,
            "its output is not a JSON object with a Version that is a number"
        ),
        (
            #"echo "{\"AccessKeyId\":\"secret\"}""#,
            "Unsupported version '<Version key not provided>' for credential process provider, supported versions: 1"
        ),
        (
            #"echo "{\"Version\":2,\"AccessKeyId\":\"secret\"}""#,
            "Unsupported version '2' for credential process provider, supported versions: 1"
        ),
        (#"echo "{\"Version\":1,\"SecretAccessKey\":\"secret\"}""#, "Missing required key in response: 'AccessKeyId'"),
        (#"echo "{\"Version\":1,\"AccessKeyId\":\"secret\"}""#, "Missing required key in response: 'SecretAccessKey'"),
        (#"echo "{\"Version\":1,\"AccessKeyId\":[\"secret\"]}""#, "a value in its output is not a text"),
        (
            #"echo "{\"Version\":1,\"AccessKeyId\":\"secret\",\"SecretAccessKey\":\"secret\",\"Expiration\":\"soon\"}""#,
            "the Expiration in its output is not a time with zone such as 2030-01-31T12:00:00Z"
        ),
        ("kill -TERM $$", nil),
        ("head -c 1100000 /dev/zero", "it printed more than 1 MiB"),
    ]) func `is refused by name when its output is not what it should be`(script: String, reason: String?) async {
        let text = await failure("sh -c '\(script)'")
        #expect(text.hasPrefix(Self.prefix), "\(text)")
        if let reason { #expect(text == Self.prefix + reason) }
        #expect(!text.contains("secret"))
    }

    @Test func `is ended when it takes too long, with what it started`() async {
        #expect(
            await failure("sh -c 'sleep 600; true'", timeLimit: .milliseconds(50))
                == Self.prefix + "it did not end within 0 seconds")
    }

    @Test func `is ended when its caller is cancelled`() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) { try await run("sleep 600") }
            }
            group.cancelAll()
        }
    }

    @Test func `loses no output, a hundred times`() async throws {
        let command = #"printf '{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "s"}'"#
        for _ in 0..<100 { #expect(try await run(command).accessKeyID == "A") }
    }
}

@Suite struct `An expiration time` {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0.0), ("2000-02-29T12:34:56Z", 951_827_696),
        ("2022-05-02T18:36:00+00:00", 1_651_516_560),
        ("2022-05-02T20:36:00+0200", 1_651_516_560), ("2022-05-02T13:36:00-05", 1_651_516_560),
        ("2022-05-02 18:36:00.25Z", 1_651_516_560.25), ("1969-12-31T23:59:59Z", -1),
    ]) func `is read`(text: String, seconds: Double) {
        #expect(ExpirationTime.date(text) == Date(timeIntervalSince1970: seconds))
    }

    @Test(arguments: [
        "", "soon", "2022-05-02T18:36:00", "2022-02-30T00:00:00Z", "2022-13-01T00:00:00Z", "2022-05-02T25:00:00Z",
        "2022-05-02T18:36:00+99:00", "2022-05-02T18:36:00Zx", "0000-01-01T00:00:00Z", "2022-05-02T18:36:00.Z",
    ]) func `of another form is refused`(text: String) {
        #expect(ExpirationTime.date(text) == nil)
    }
}
