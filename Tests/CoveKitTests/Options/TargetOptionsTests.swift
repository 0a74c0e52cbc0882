// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import Testing

@testable import CoveKit

/// Where and as whom, from a command line and variables.
@Suite struct TargetOptionsTests {
    private static func resolve(
        _ arguments: [String], _ variables: [String: String] = [:]
    ) throws -> (TargetOptions.Resolved, problems: [String]) {
        let command = try #require(try CoveCommand.parseAsRoot(["plan"] + arguments) as? PlanCommand)
        var reader = SettingReader(variables: variables)
        return (command.target.resolve(&reader), reader.problems)
    }

    @Test func `without options every active account is a target`() throws {
        let (resolved, problems) = try Self.resolve([])
        #expect(problems == [])
        #expect(resolved.selection == TargetSelection())
        #expect(resolved.regions == nil)
        #expect(resolved.role == RoleSpecification())
        #expect(resolved.partition == nil)
        #expect(resolved.profile == nil)
        #expect(resolved.warnings == [])
    }

    @Test func `every option is read`() throws {
        let (resolved, problems) = try Self.resolve([
            "--targets", "111111111111,ou-abcd-12345678", "--targets", "r-abcd", "--ignore", "222222222222",
            "--include-calling-account", "--regions", "eu-west-1,us-east-1,eu-west-1", "--role-name", "audit/Reader",
            "--role-session-name", "me", "--policy", #"{"Version":"2012-10-17"}"#, "--policy-arns",
            "arn:aws:iam::aws:policy/A,arn:aws:iam::aws:policy/B", "--external-id", "x:1", "--duration", "2h",
            "--partition",
            "aws-cn", "--profile", "audit",
        ])
        #expect(problems == [])
        #expect(resolved.selection.targets?.map(\.rawValue) == ["111111111111", "ou-abcd-12345678", "r-abcd"])
        #expect(resolved.selection.ignored.map(\.rawValue) == ["222222222222"])
        #expect(resolved.selection.includesCallingAccount)
        #expect(resolved.regions?.map(\.rawValue) == ["eu-west-1", "us-east-1"])
        #expect(
            resolved.role
                == RoleSpecification(
                    name: "audit/Reader", sessionName: "me", policy: #"{"Version":"2012-10-17"}"#,
                    policyARNs: ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"], externalID: "x:1",
                    durationSeconds: 7_200))
        #expect(resolved.partition == "aws-cn")
        #expect(resolved.profile == "audit")
    }

    @Test func `every option has its variable, and an argument wins`() throws {
        let variables = [
            "COVE_TARGETS": "111111111111\nr-abcd", "COVE_IGNORE": "222222222222",
            "COVE_INCLUDE_CALLING_ACCOUNT": "yes",
            "COVE_REGIONS": "eu-west-1", "COVE_ROLE_NAME": "Reader", "COVE_ROLE_SESSION_NAME": "me",
            "COVE_POLICY": "{}",
            "COVE_POLICY_ARNS": "arn:aws:iam::aws:policy/A", "COVE_EXTERNAL_ID": "x:1", "COVE_DURATION": "900",
            "COVE_PARTITION": "aws", "COVE_PROFILE": "audit",
        ]
        let (resolved, problems) = try Self.resolve([], variables)
        #expect(problems == [])
        #expect(resolved.selection.targets?.map(\.rawValue) == ["111111111111", "r-abcd"])
        #expect(resolved.selection.ignored.map(\.rawValue) == ["222222222222"])
        #expect(resolved.selection.includesCallingAccount)
        #expect(resolved.regions?.map(\.rawValue) == ["eu-west-1"])
        #expect(
            resolved.role
                == RoleSpecification(
                    name: "Reader", sessionName: "me", policy: "{}", policyARNs: ["arn:aws:iam::aws:policy/A"],
                    externalID: "x:1", durationSeconds: 900))
        #expect(resolved.partition == "aws")
        #expect(resolved.profile == "audit")

        let (other, _) = try Self.resolve(
            ["--targets", "333333333333", "--no-include-calling-account", "--role-name", "Other", "--duration", "1h"],
            variables)
        #expect(other.selection.targets?.map(\.rawValue) == ["333333333333"])
        #expect(!other.selection.includesCallingAccount)
        #expect(other.role.name == "Other")
        #expect(other.role.durationSeconds == 3_600)
    }

    @Test func `everything that is wrong is told at once, in botocove's words where it has some`() throws {
        let (_, problems) = try Self.resolve([
            "--targets", "cat,ou-abc-1", "--ignore", "dog", "--regions", "EU,all,eu-*", "--role-name", "a b",
            "--role-session-name", "x", "--duration", "5", "--partition", "moon", "--policy-arns", ",",
        ])
        #expect(
            problems == [
                "provided id is neither an aws account nor an ou: cat",
                "provided id is neither an aws account nor an ou: ou-abc-1",
                "provided id is neither an aws account nor an ou: dog",
                "\"EU\" is not a region's name: expected one such as eu-west-1",
                "region \"all\" is not supported by this version: name the regions",
                "region \"eu-*\" is not supported by this version: name the regions",
                "policy-arns must have at least 1 element. Got [].",
                "--duration is \"5\": expected seconds from 900 to 43200, such as 90, 90s, 5m or 2h",
                "role-name \"a b\" is not a role's name: expected up to 64 letters, digits and +=,.@-_, "
                    + "with an optional path such as audit/Reader",
                "role-session-name \"x\" is not valid: expected 2 to 64 letters, digits and +=,.@-_",
                "partition \"moon\" is not known: expected one of "
                    + "aws, aws-cn, aws-eusc, aws-iso, aws-iso-b, aws-iso-e, aws-iso-f, aws-us-gov",
            ])
    }

    @Test(arguments: [["--targets", ""], ["--targets", " , "]])
    func `an empty list of targets is a problem`(arguments: [String]) throws {
        #expect(try Self.resolve(arguments).problems == ["target_ids must have at least 1 element. Got []."])
    }

    @Test func `so is an empty variable, because an empty list would run everywhere`() throws {
        #expect(
            try Self.resolve([], ["COVE_TARGETS": "", "COVE_REGIONS": "", "COVE_IGNORE": ""]).problems == [
                "target_ids must have at least 1 element. Got [].", "regions must have at least 1 element. Got [].",
            ])
    }

    @Test func `a policy is read from a file`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("policy.json", "{\"Version\": \"2012-10-17\"}\n".utf8)
        let (resolved, problems) = try Self.resolve(["--policy", "@\(path)"])
        #expect(problems == [])
        #expect(resolved.role.policy == "{\"Version\": \"2012-10-17\"}\n")
    }

    @Test func `a policy's file that cannot be taken is a problem`() throws {
        let folder = try TemporaryFolder()
        let large = try folder.write("large", [UInt8](repeating: 0x20, count: 65_537))
        let binary = try folder.write("binary", [0xFF, 0xFE])
        let text = try folder.write("text", "no".utf8)
        let cases = [
            (folder.file("none"), "policy file \(folder.file("none")) cannot be read: No such file or directory"),
            (folder.path, "policy file \(folder.path) cannot be read: Is a directory"),
            (large, "policy file \(large) has more than 65536 bytes"),
            (binary, "policy file \(binary) is not UTF-8 text"),
            (text, "policy is not JSON: found \"n\", expected null at byte 0"),
        ]
        for (path, problem) in cases { #expect(try Self.resolve(["--policy", "@\(path)"]).problems == [problem]) }
    }

    @Test func `a region that no partition knows is a warning with the nearest name`() throws {
        let (resolved, problems) = try Self.resolve(["--regions", "eu-wset-1,eu-west-1,zz-nowhere-99999"])
        #expect(problems == [])
        #expect(resolved.warnings.count == 2)
        #expect(
            resolved.warnings.first?.hasPrefix("region eu-wset-1 is not known to any partition; did you mean ") == true)
        #expect(resolved.warnings.last?.hasPrefix("region zz-nowhere-99999 is not known to any partition") == true)
    }
}
