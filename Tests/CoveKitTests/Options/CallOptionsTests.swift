// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import Testing

@testable import CoveKit

@Suite struct CallOptionsTests {
    private static func resolve(
        _ arguments: [String], _ variables: [String: String] = [:], service: String = "iam"
    ) throws -> (call: CallSpecification, problems: [String]) {
        let options = try CallOptions.parse(arguments)
        var reader = SettingReader(variables: variables)
        let call = options.resolve(service: service, operation: "list-users", &reader)
        return (call, reader.problems)
    }

    @Test func `without options all pages are the result`() throws {
        let (call, problems) = try Self.resolve([])
        #expect(problems == [])
        #expect(call == CallSpecification(service: "iam", operation: "list-users"))
    }

    @Test func `every option is read, and has its variable`() throws {
        let input = #"{"PathPrefix": "/"}"#
        let arguments = [
            "--input", input, "--query", "Users", "--page-size", "5", "--max-items", "7", "--starting-token", "t",
        ]
        let variables = [
            "COVE_INPUT": input, "COVE_QUERY": "Users", "COVE_PAGE_SIZE": "5", "COVE_MAX_ITEMS": "7",
            "COVE_STARTING_TOKEN": "t",
        ]
        let expected = CallSpecification(
            service: "iam", operation: "list-users", input: try .literal(input), query: "Users", pageSize: 5,
            maximumItems: 7, startingToken: "t")
        for (call, problems) in [try Self.resolve(arguments), try Self.resolve([], variables)] {
            #expect(problems == [] && call == expected)
        }
        #expect(!(try Self.resolve(["--no-paginate"]).call.isPaginated))
        #expect(!(try Self.resolve([], ["COVE_PAGINATE": "false"]).call.isPaginated))
        #expect(try Self.resolve(["--paginate"], ["COVE_PAGINATE": "false"]).call.isPaginated)
    }

    @Test(arguments: [
        ("s3api", "s3"), ("configservice", "config"), ("deploy", "codedeploy"), ("EC2", "ec2"), ("sts", "sts"),
    ])
    func `services have the AWS CLI's names too`(given: String, model: String) throws {
        #expect(try Self.resolve([], service: given).call.service == model)
    }

    @Test func `an input may be a file's`() throws {
        let place = try TemporaryFolder()
        let path = try place.write("input.json", " {\"UserName\": \"é\"}\n".utf8)
        #expect(try Self.resolve(["--input", "@" + path]).call.input?.text == #"{"UserName": "é"}"#)
        let (call, problems) = try Self.resolve(["--input", "@/nowhere/at/all"])
        #expect(
            call.input == nil && problems.count == 1 && problems[0].hasPrefix("input file /nowhere/at/all cannot be"))
    }

    @Test func `everything that is wrong is told at once`() throws {
        let (_, problems) = try Self.resolve([
            "--input", "{", "--page-size", "0", "--max-items", "many",
        ])
        #expect(problems.count == 3)
        #expect(problems[0].hasPrefix("the input is not JSON: "))
        #expect(problems[1] == "--page-size is \"0\": expected a whole number from 1 to 1000000000")
        #expect(problems[2] == "--max-items is \"many\": expected a whole number from 1 to 1000000000")
        let large = try Self.resolve(["--input", "{\"a\":\"" + String(repeating: "x", count: 256 * 1_024) + "\"}"])
        #expect(large.problems == ["the input has 262152 bytes: expected at most 262144"])
    }
}
