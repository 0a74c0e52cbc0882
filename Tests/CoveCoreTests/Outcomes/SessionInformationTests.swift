// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials
import Testing

/// The fifteen keys of botocove's session information.
@Suite struct SessionInformationTests {
    /// `CoveSessionInformation` of botocove 1.7.4, in the order in which it prints them.
    static let keys = [
        "Id", "RoleName", "RoleSessionName", "Policy", "PolicyArns", "ExternalId", "AssumeRoleSuccess", "Region",
        "Partition",
        "ExceptionDetails", "Name", "Arn", "Email", "Status", "Result",
    ]

    private static func full() throws -> SessionInformation {
        SessionInformation(
            account: Account(
                id: try #require(AccountID("012345678901")), name: "n", arn: "a", email: "e", status: "ACTIVE",
                state: "OTHER"),
            role: RoleSpecification(
                name: "audit/Reader", sessionName: "s", policy: #"{"Version":"2012-10-17"}"#,
                policyARNs: ["arn:1", "arn:2"],
                externalID: "x1"),
            assumeRoleSuccess: true, region: RegionName("eu-west-1"), partition: "aws",
            failure: Failure(type: "T", message: "m"), result: try JSONText.checked(Array("[1, 2]".utf8)).get())
    }

    private static func bare() throws -> SessionInformation {
        SessionInformation(
            account: Account(id: try #require(AccountID("012345678901"))), role: RoleSpecification(name: "r1"),
            assumeRoleSuccess: false, region: nil, partition: nil)
    }

    private static func written(_ information: SessionInformation) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        information.write(to: &writer, leavingOutNulls: true)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `every key is there, in botocove's order`() throws {
        let expected =
            #"{"Id":"012345678901","RoleName":"audit/Reader","RoleSessionName":"s","Policy":"{\"Version\":\"2012-10-17\"}","#
            + #""PolicyArns":[{"arn":"arn:1"},{"arn":"arn:2"}],"ExternalId":"x1","AssumeRoleSuccess":true,"#
            + #""Region":"eu-west-1","Partition":"aws","ExceptionDetails":{"Type":"T","Message":"m"},"Name":"n","Arn":"a","#
            + #""Email":"e","Status":"ACTIVE","Result":[1, 2]}"#
        #expect(try Self.full().json.text == expected)
        #expect(Self.written(try Self.full()) == expected)
        #expect(Self.topLevelKeys(try Self.full().json.text) == Self.keys)
    }

    @Test func `a function is told null where there is no value`() throws {
        let text = try Self.bare().json.text
        #expect(
            text == #"{"Id":"012345678901","RoleName":"r1","RoleSessionName":"r1","Policy":null,"PolicyArns":null,"#
                + #""ExternalId":null,"AssumeRoleSuccess":false,"Region":null,"Partition":null,"ExceptionDetails":null,"#
                + #""Name":null,"Arn":null,"Email":null,"Status":null,"Result":null}"#)
        #expect(Self.topLevelKeys(text) == Self.keys)
        #expect(JSONTextTests.isValid(Array(text.utf8)))
    }

    @Test func `the output leaves out what has no value, and keeps false, 0, empty text and empty lists`() throws {
        var information = try Self.bare()
        #expect(
            Self.written(information)
                == #"{"Id":"012345678901","RoleName":"r1","RoleSessionName":"r1","AssumeRoleSuccess":false}"#)
        information.role.policyARNs = []
        information.account.name = ""
        for (result, shown) in [("null", nil), ("false", "false"), ("0", "0"), ("\"\"", "\"\""), ("{}", "{}")] {
            information.result = try JSONText.checked(Array(result.utf8)).get()
            #expect(
                Self.written(information)
                    == #"{"Id":"012345678901","RoleName":"r1","RoleSessionName":"r1","PolicyArns":[],"AssumeRoleSuccess":false,"Name":"""#
                    + (shown.map { ",\"Result\":\($0)" } ?? "") + "}")
        }
    }

    @Test func `the newer field stands in for a status that is not given`() throws {
        var information = try Self.bare()
        information.account.state = "SUSPENDED"
        #expect(Self.written(information).hasSuffix(#""AssumeRoleSuccess":false,"Status":"SUSPENDED"}"#))
    }

    /// The keys of a flat view of an object, in their order: what stands before a colon at the first level.
    private static func topLevelKeys(_ text: String) -> [String] {
        var keys: [String] = []
        var depth = 0
        var current: String?
        var isEscaped = false
        var last = ""
        for character in text {
            if let open = current {
                if isEscaped || (character != "\"" && character != "\\") { current = open + String(character) }
                if character == "\"", !isEscaped {
                    last = open
                    current = nil
                }
                isEscaped = character == "\\" && !isEscaped
                continue
            }
            switch character {
            case "\"": current = ""
            case "{", "[": depth += 1
            case "}", "]": depth -= 1
            case ":" where depth == 1: keys.append(last)
            default: break
            }
        }
        return keys
    }
}
