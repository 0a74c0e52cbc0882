// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

/// Roles by the rules of the AWS STS API Reference (AssumeRole) and of IAM names.
@Suite struct RoleSpecificationTests {
    @Test(arguments: [
        ("OrganizationAccountAccessRole", "OrganizationAccountAccessRole"), ("audit/Reader", "Reader"), ("a/b/c", "c-"),
        ("Reader+1=2,3.4@5_6-7", "Reader+1=2,3.4@5_6-7"), ("my role", "my-role"), ("Größe", "Gr--e"), ("x", "x-"),
        ("", "--"), ("/", "--"), ("audit/", "audit"), ("😀", "--"), ("a\r\nb", "a--b"),
        (String(repeating: "r", count: 70), String(repeating: "r", count: 64)),
    ])
    func `a session is named by the role's last segment in the characters of STS`(role: String, session: String) {
        #expect(RoleSpecification.sessionName(forRole: role) == session)
        #expect(RoleSpecification(name: role).sessionName == session)
        #expect(RoleSpecification(name: "Reader", sessionName: session).problems == [])
    }

    @Test func `a session's name that was given is kept`() {
        #expect(RoleSpecification(name: "a/Reader", sessionName: "me@host").sessionName == "me@host")
    }

    @Test func `the default is the role that Organizations makes`() {
        #expect(RoleSpecification().name == "OrganizationAccountAccessRole")
        #expect(RoleSpecification().problems == [])
    }

    @Test func `the ARN holds the path`() throws {
        let account = try #require(AccountID("012345678901"))
        #expect(
            RoleSpecification(name: "audit/Reader").arn(in: account, partition: "aws-cn")
                == "arn:aws-cn:iam::012345678901:role/audit/Reader")
    }

    @Test func `what STS takes has no problems`() {
        let widest = RoleSpecification(
            name: String(repeating: "p/", count: 220) + String(repeating: "r", count: 64),
            sessionName: String(repeating: "s", count: 64), policy: " \n{}",
            policyARNs: Array(repeating: "arn:aws:iam::aws:policy/R", count: 10),
            externalID: String(repeating: "x", count: 1_224), durationSeconds: 43_200)
        #expect(widest.problems == [])
        let least = RoleSpecification(
            name: "r", sessionName: "ab", policy: "{}", policyARNs: [], externalID: "a:/b", durationSeconds: 900)
        #expect(least.problems == [])
    }

    @Test(arguments: [
        "", "/Reader", "audit/", "a//b", "my role", "Größe", "a*", "arn:aws:iam::1:role/x",
        String(repeating: "r", count: 65),
        String(repeating: "p/", count: 256) + "r",
    ])
    func `a name that IAM does not take is a problem`(name: String) {
        let problems = RoleSpecification(name: name, sessionName: "session").problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("role-name \"\(name)\" is not a role's name") == true)
    }

    @Test(arguments: ["", "a", "a b", "é-é", "a/b", "a:b", String(repeating: "s", count: 65)])
    func `a session's name that STS does not take is a problem`(name: String) {
        #expect(
            RoleSpecification(name: "r", sessionName: name).problems == [
                "role-session-name \"\(name)\" is not valid: expected 2 to 64 letters, digits and +=,.@-_"
            ])
    }

    @Test(arguments: [Int.min, -1, 0, 899, 43_201, .max])
    func `a duration out of range is a problem`(seconds: Int) {
        #expect(
            RoleSpecification(name: "r", sessionName: "ab", durationSeconds: seconds).problems == [
                "duration \(seconds) is out of range: expected 900 to 43200 seconds"
            ])
    }

    @Test(arguments: ["", "a", "a b", "é-é", String(repeating: "x", count: 1_225)])
    func `an external id that STS does not take is a problem, and is not printed`(id: String) {
        #expect(
            RoleSpecification(name: "r", sessionName: "ab", externalID: id).problems == [
                "external-id is not valid: expected 2 to 1224 letters, digits and +=,.@:/-_"
            ])
    }

    @Test(arguments: [
        ("", "policy is not JSON: found the end, expected a value at byte 0"),
        ("{", "policy is not JSON: found the end, expected a key in quotes at byte 1"),
        ("[]", "policy is not a JSON object: expected an IAM policy document"),
        ("\n \"{}\"", "policy is not a JSON object: expected an IAM policy document"),
        ("null", "policy is not a JSON object: expected an IAM policy document"),
    ])
    func `a policy that is no JSON object is a problem`(policy: String, problem: String) {
        #expect(RoleSpecification(name: "r", sessionName: "ab", policy: policy).problems == [problem])
    }

    @Test func `all problems are told at once`() {
        let problems = RoleSpecification(
            name: "a b", sessionName: "", policy: "x",
            policyARNs: ["ReadOnlyAccess"] + Array(repeating: "arn:aws:iam::aws:policy/R", count: 10),
            externalID: "", durationSeconds: 1
        ).problems
        #expect(problems.count == 7)
        #expect(
            problems.suffix(2) == [
                "policy ARN \"ReadOnlyAccess\" is not an ARN: expected one such as arn:aws:iam::aws:policy/ReadOnlyAccess",
                "11 policy ARNs were given: STS takes at most 10",
            ])
    }
}
