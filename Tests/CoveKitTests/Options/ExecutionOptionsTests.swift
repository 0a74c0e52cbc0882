// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import Logging
import Testing

@testable import CoveKit

/// How a run is executed, from a command line and variables.
@Suite struct ExecutionOptionsTests {
    private static func request(
        _ arguments: [String], _ variables: [String: String] = [:]
    ) throws -> (RunRequest, problems: [String]) {
        let command = try #require(try CoveCommand.parseAsRoot(["exec"] + arguments) as? ExecCommand)
        let environment = ProcessEnvironment.sample(variables.merging(["HOME": "/home/u"]) { given, _ in given })
        var reader = SettingReader(variables: environment.variables)
        let request = RunRequest(
            environment: environment, target: command.target, execution: command.execution, output: command.output,
            place: command.place, detach: command.detach, console: command.console, reader: &reader)
        return (request, reader.problems)
    }

    @Test func `the defaults`() throws {
        let (request, problems) = try Self.request(["--", "true"])
        #expect(problems == [])
        #expect(request.slots == nil)
        #expect(!request.isDetached)
        #expect(!request.isRemote)
        #expect(request.taskTimeoutSeconds == nil)
        #expect(!request.raisesException)
        #expect(!request.isAtMostOnce)
        #expect(request.output.format == .json)
        #expect(request.output.path == nil)
        #expect(request.output.tableWidth == nil)
        #expect((request.place as? RunFolders)?.path == "/home/u/.local/state/cove/runs")
        #expect(!request.console.isQuiet)
        #expect(request.logger.logLevel == .warning)
    }

    @Test func `every option is read, and what stands after -- is the program's`() throws {
        let arguments = [
            "--slots", "4096", "--task-timeout", "5m", "--raise-exception", "--at-most-once", "--output", "ndjson",
            "--store",
            "runs", "--quiet", "--log-level", "debug", "--log-format", "json", "--parse", "text", "--", "echo",
            "--slots", "-v",
        ]
        let (request, problems) = try Self.request(arguments)
        #expect(problems == [])
        #expect(request.slots == 4_096)
        #expect(request.taskTimeoutSeconds == 300)
        #expect(request.raisesException)
        #expect(request.isAtMostOnce)
        #expect(request.output.format == .ndjson)
        #expect((request.place as? RunFolders)?.path == "/srv/runs")
        #expect(request.console.isQuiet)
        #expect(request.logger.logLevel == .debug)
        let command = try #require(try CoveCommand.parseAsRoot(["exec"] + arguments) as? ExecCommand)
        #expect(command.command == ["echo", "--slots", "-v"])
        #expect(command.parse == "text")
    }

    @Test func `every option has its variable, and an argument wins`() throws {
        let variables = [
            "COVE_SLOTS": "3", "COVE_TASK_TIMEOUT": "90s", "COVE_RAISE_EXCEPTION": "1", "COVE_AT_MOST_ONCE": "on",
            "COVE_OUTPUT": "table", "COVE_STORE": "/runs", "COVE_QUIET": "true", "COVE_LOG_LEVEL": "trace",
            "COVE_OUTPUT_FILE": "/dev/null", "COVE_LOG_FORMAT": "json",
        ]
        let (request, problems) = try Self.request(["--", "true"], variables)
        #expect(problems == [])
        #expect(request.slots == 3)
        #expect(request.taskTimeoutSeconds == 90)
        #expect(request.raisesException)
        #expect(request.isAtMostOnce)
        #expect(request.output.format == .table)
        #expect(request.output.path == "/dev/null")
        #expect((request.place as? RunFolders)?.path == "/runs")
        #expect(request.console.isQuiet)
        #expect(request.logger.logLevel == .trace)

        let (other, _) = try Self.request(
            [
                "--slots", "1", "--no-raise-exception", "--no-at-most-once", "--no-quiet", "--output", "none", "--",
                "true",
            ],
            variables)
        #expect(other.slots == 1)
        #expect(!other.raisesException)
        #expect(!other.isAtMostOnce)
        #expect(!other.console.isQuiet)
        #expect(other.output.format == .none)
    }

    @Test func `everything that is wrong is told at once`() throws {
        let (_, problems) = try Self.request(
            [
                "--slots", "0", "--task-timeout", "1w", "--output", "xml", "--output-file", "/nowhere/at/all",
                "--log-level",
                "loud", "--", "true",
            ], ["HOME": "", "COVE_QUIET": "perhaps", "COVE_LOG_FORMAT": "yaml"])
        #expect(
            problems == [
                "--slots is \"0\": expected a whole number from 1 to 4096",
                "--task-timeout is \"1w\": expected seconds from 1 to 604800, such as 90, 90s, 5m or 2h",
                "output file /nowhere/at/all cannot be written: No such file or directory",
                "--output is \"xml\": expected one of json, ndjson, table, none",
                "COVE_QUIET is \"perhaps\": expected true or false",
                "--log-level is \"loud\": expected one of trace, debug, info, notice, warning, error, critical",
                "COVE_LOG_FORMAT is \"yaml\": expected one of text, json",
                "there is no folder for runs: set HOME or XDG_STATE_HOME, or name one with --store",
            ])
    }

    @Test func `the specification holds what was asked for`() throws {
        var (request, _) = try Self.request([
            "--task-timeout", "60", "--at-most-once", "--regions", "eu-west-1", "--profile", "p", "--", "true",
        ])
        request.function = .native("f")
        let specification = request.specification(slots: 20, defaultRegion: RegionName("us-east-1"))
        #expect(
            specification
                == RunSpecification(
                    function: .native("f"), regions: request.target.regions, defaultRegion: RegionName("us-east-1"),
                    profile: "p", taskTimeoutSeconds: 60, slots: 20, isAtMostOnce: true))
    }

    @Test func `a table is as wide as COLUMNS says, unless it goes to a file`() throws {
        #expect(try Self.request(["--", "true"], ["COLUMNS": "100"]).0.output.tableWidth == 100)
        #expect(try Self.request(["--", "true"], ["COLUMNS": "wide"]).0.output.tableWidth == nil)
        #expect(try Self.request(["--", "true"], ["COLUMNS": "0"]).0.output.tableWidth == nil)
        #expect(
            try Self.request(["--output-file", "/dev/null", "--", "true"], ["COLUMNS": "100"]).0.output.tableWidth
                == nil)
    }

    @Test func `with a coordinator nothing of this machine is named`() throws {
        let place = try TemporaryFolder()
        let token = try place.write("token", "secret".utf8, mode: 0o600)
        let remote = ["--coordinator", "localhost", "--token-file", token]
        let (request, none) = try Self.request(remote + ["--detach", "--", "audit"], ["COVE_STORE": "/runs"])
        #expect(none == [])
        #expect(request.isRemote)
        #expect(request.isDetached)
        #expect(request.slots == nil)

        let local = ["--store", "/runs", "--profile", "p", "--detach", "--output", "json"]
        let (_, problems) = try Self.request(remote + local + ["--", "audit"])
        #expect(
            problems == [
                "--store was given with a coordinator: a coordinator keeps runs in its own store",
                "--output or --output-file was given with --detach: no results are written then; "
                    + "cove results writes them later",
                "the profile \"p\" was given (--profile or COVE_PROFILE) with a coordinator: "
                    + "the coordinator and its workers use their own credentials",
            ])
        let (_, detached) = try Self.request(["--detach", "--", "true"])
        #expect(detached == ["--detach was given without --coordinator: a local run ends with its process"])
    }
}
