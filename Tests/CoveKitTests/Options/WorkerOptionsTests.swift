// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import Testing

@testable import CoveKit

@Suite struct WorkerOptionsTests {
    private static func resolve(
        _ arguments: [String], _ variables: [String: String] = [:]
    ) throws -> (worker: WorkerOptions.Resolved, problems: [String]) {
        let options = try WorkerOptions.parse(arguments)
        var reader = SettingReader(variables: variables)
        let worker = options.resolve(&reader, .sample(variables))
        return (worker, reader.problems)
    }

    @Test func `the defaults allow no programs`() throws {
        let (worker, problems) = try Self.resolve([])
        #expect(problems == [])
        #expect(worker.name == ProcessEnvironment.workerName)
        #expect(worker.slots == 20)
        #expect(worker.kinds == [.call, .native])
        #expect(worker.roles == nil)
        #expect(worker.regions == nil)
        #expect(worker.profile == nil)
        #expect(worker.drainTimeout == .seconds(20))
    }

    @Test func `every option is read, and has its variable`() throws {
        let arguments = [
            "--name", "w-1", "--slots", "7", "--allow", "exec,native,exec", "--allow-roles", "Audit*,/ops/Fix",
            "--regions",
            "eu-*", "--regions", "us-east-1", "--profile", "p", "--drain-timeout", "5m",
        ]
        let variables = [
            "COVE_NAME": "w-1", "COVE_SLOTS": "7", "COVE_ALLOW": "exec,native", "COVE_ALLOW_ROLES": "Audit*,/ops/Fix",
            "COVE_REGIONS": "eu-*,us-east-1", "COVE_PROFILE": "p", "COVE_DRAIN_TIMEOUT": "300",
        ]
        for (worker, problems) in [try Self.resolve(arguments), try Self.resolve([], variables)] {
            #expect(problems == [])
            #expect(worker.name == "w-1")
            #expect(worker.slots == 7)
            #expect(worker.kinds == [.exec, .native])
            #expect(worker.roles == ["Audit*", "/ops/Fix"])
            #expect(worker.regions == ["eu-*", "us-east-1"])
            #expect(worker.profile == "p")
            #expect(worker.drainTimeout == .seconds(300))
        }
        #expect(try Self.resolve(["--drain-timeout", "0"], variables).worker.drainTimeout == .zero)
    }

    @Test func `everything that is wrong is told at once`() throws {
        let (_, problems) = try Self.resolve([
            "--name", "two words", "--slots", "0", "--allow", "exec,perl", "--allow-roles", "a b", "--regions", "",
            "--drain-timeout", "2d",
        ])
        #expect(
            problems == [
                "--slots is \"0\": expected a whole number from 1 to 4096",
                "the worker's name cannot be \"two words\": expected 1 to 128 bytes without spaces",
                "\"perl\" is not a kind of function: expected some of call, exec, native, python",
                "allow-roles: \"a b\" is not a role's name, nor one with * in it",
                "regions must have at least 1 element. Got [].",
                "--drain-timeout is \"2d\": expected seconds from 0 to 86400, such as 90, 90s, 5m or 2h",
            ])
    }

    @Test func `more slots than the open files allow are refused`() throws {
        var environment = ProcessEnvironment.sample()
        environment.fileLimit = 256
        var reader = SettingReader(variables: [:])
        _ = try WorkerOptions.parse(["--slots", "100"]).resolve(&reader, environment)
        #expect(reader.problems.count == 1)
    }
}
