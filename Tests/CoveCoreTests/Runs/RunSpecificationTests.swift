// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

/// What a run does, as it is kept and sent.
@Suite struct RunSpecificationTests {
    static let program = ProgramSpecification(
        program: "/bin/echo", arguments: ["a b", "é\""], parsing: .json, workingDirectory: "/srv")

    static let call = CallSpecification(
        service: "iam", operation: "ListUsers", input: JSONText(trusted: Array(#"{"PathPrefix": "/é"}"#.utf8)),
        query: "Users[0]", isPaginated: true, pageSize: 5, maximumItems: 7, startingToken: "eyJ=")

    @Test(
        arguments: [
            (
                .call(call),
                #"{"call":{"input":"{\"PathPrefix\": \"/é\"}","isPaginated":true,"maximumItems":7,"operation":"ListUsers","#
                    + #""pageSize":5,"query":"Users[0]","service":"iam","startingToken":"eyJ="},"kind":"call"}"#
            ),
            (.native("closure"), #"{"kind":"native","name":"closure"}"#),
            (
                .exec(program),
                #"{"kind":"exec","program":{"arguments":["a b","é\""],"parsing":"json","program":"/bin/echo","workingDirectory":"/srv"}}"#
            ),
        ] as [(FunctionSpecification, String)])
    func `a function goes there and back`(function: FunctionSpecification, text: String) throws {
        #expect(try CodedForm.text(function) == text)
        #expect(try CodedForm.value(text) == function)
    }

    @Test(arguments: [
        "{}", #"{"kind":"python","name":"f"}"#, #"{"kind":"native"}"#, #"{"kind":"exec","name":"f"}"#,
        #"{"kind":"exec","program":"x"}"#,
        #"{"kind":"exec","program":{"arguments":[],"parsing":"xml","program":"x"}}"#,
        #"{"kind":"call"}"#, #"{"kind":"call","call":{"service":"iam","operation":"ListUsers"}}"#,
        #"{"kind":"call","call":{"service":"iam","operation":"ListUsers","isPaginated":true,"input":"{"}}"#,
    ])
    func `a function of another form is refused`(text: String) {
        #expect(CodedForm.problem(FunctionSpecification.self, text) != nil)
    }

    @Test func `a function is told by its command line or its name, and a call without its input`() {
        #expect(FunctionSpecification.call(Self.call).summary == "iam ListUsers")
        #expect(FunctionSpecification.call(Self.call).kind == .call)
        #expect(FunctionSpecification.exec(Self.program).summary == "/bin/echo a b é\"")
        #expect(FunctionSpecification.native("closure").summary == "closure")
        #expect(FunctionSpecification.exec(Self.program).kind == .exec)
        #expect(FunctionSpecification.native("closure").kind == .native)
    }

    @Test func `a run goes there and back with everything`() throws {
        let specification = RunSpecification(
            function: .native("f"),
            selection: TargetSelection(
                targets: [try #require(TargetID("r-abcd"))], ignored: [try #require(TargetID("012345678901"))],
                includesCallingAccount: true),
            regions: ["eu-west-1", "us-east-1"].compactMap { RegionName($0) }, defaultRegion: RegionName("eu-north-1"),
            role: RoleSpecification(
                name: "a/Reader", policy: "{}", policyARNs: ["arn:x"], externalID: "x1", durationSeconds: 900),
            partition: "aws", profile: "audit", taskTimeoutSeconds: 60, slots: 5, raisesException: true,
            isAtMostOnce: true)
        let text =
            #"{"defaultRegion":"eu-north-1","function":{"kind":"native","name":"f"},"isAtMostOnce":true,"partition":"aws","#
            + #""profile":"audit","raisesException":true,"regions":["eu-west-1","us-east-1"],"role":{"durationSeconds":900,"#
            + #""externalID":"x1","name":"a/Reader","policy":"{}","policyARNs":["arn:x"],"sessionName":"Reader"},"#
            + #""selection":{"ignored":["012345678901"],"includesCallingAccount":true,"targets":["r-abcd"]},"#
            + #""slots":5,"taskTimeoutSeconds":60}"#
        #expect(try CodedForm.text(specification) == text)
        #expect(try CodedForm.value(text) == specification)
    }

    @Test func `a run with its defaults goes there and back, and no targets are not an empty list`() throws {
        let specification = RunSpecification(function: .native("f"))
        let text =
            #"{"function":{"kind":"native","name":"f"},"isAtMostOnce":false,"raisesException":false,"#
            + #""role":{"name":"OrganizationAccountAccessRole","sessionName":"OrganizationAccountAccessRole"},"#
            + #""selection":{"ignored":[],"includesCallingAccount":false}}"#
        #expect(try CodedForm.text(specification) == text)
        #expect(try CodedForm.value(text) == specification)
        #expect(specification.selection.targets == nil)
    }

    @Test func `without regions there is one task an account, in the default region or none`() {
        var specification = RunSpecification(function: .native("f"))
        #expect(specification.taskRegions == [nil])
        specification.defaultRegion = RegionName("eu-north-1")
        #expect(specification.taskRegions == [RegionName("eu-north-1")])
        specification.regions = ["eu-west-1", "us-east-1"].compactMap { RegionName($0) }
        #expect(specification.taskRegions.map { $0?.rawValue } == ["eu-west-1", "us-east-1"])
    }
}
