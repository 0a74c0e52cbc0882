// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

/// What a script's module writes to `cove script-run`.
@Suite struct ScriptCallTests {
    private static let least =
        #"{"function": "audit", "ignore_ids": [], "raise_exception": false, "slots": 20"#

    private static func call(_ rest: String = "") throws -> ScriptCall {
        let place = try TemporaryFolder()
        let path = place.file("call")
        let file = try #require(FileDescriptor(writing: path))
        try #require(file.write((least + rest + "}").utf8))
        return try ScriptCall.read(from: #require(FileDescriptor(reading: path)))
    }

    @Test func `what is not said is left at botocove's defaults`() throws {
        let call = try Self.call()
        var reader = SettingReader(variables: [:])
        let target = call.target(durationSeconds: nil, &reader)
        #expect(reader.problems == [])
        #expect(target.role.name == "OrganizationAccountAccessRole")
        #expect(target.regions == nil && target.selection.targets == nil && target.partition == nil)
        #expect(call.credentials == nil && call.arguments == nil)
    }

    @Test func `all that is wrong is told at once, in botocove's words`() throws {
        let call = try Self.call(#", "target_ids": ["cat"], "regions": [], "external_id": "?", "partition": "moon""#)
        var reader = SettingReader(variables: [:])
        _ = call.target(durationSeconds: nil, &reader)
        #expect(reader.problems.count == 4)
        #expect(reader.problems.contains("provided id is neither an aws account nor an ou: cat"))
        #expect(reader.problems.contains("regions must have at least 1 element. Got []."))
    }

    @Test func `a policy is no file's name`() throws {
        let call = try Self.call(#", "policy": "@/etc/hostname""#)
        var reader = SettingReader(variables: [:])
        #expect(call.target(durationSeconds: nil, &reader).role.policy == "@/etc/hostname")
        #expect(reader.problems.count == 1)
    }

    @Test func `credentials do not print, and arguments keep their bytes`() throws {
        let call = try Self.call(
            #", "credentials": {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "hush"}, "arguments": "[1.10]""#)
        #expect(call.credentials?.secretAccessKey == "hush")
        #expect(!"\(call)".contains("hush"))
        var dumped = ""
        dump(call, to: &dumped)
        #expect(!dumped.contains("hush"))
        #expect(call.arguments?.text == "[1.10]")
    }

    @Test(arguments: [#", "regions": "many""#, #", "secret": hush"#])
    func `what is no call is refused without a word of it`(rest: String) throws {
        let error = #expect(throws: InvalidRequest.self) { try Self.call(rest) }
        #expect(error.map { !"\($0)".contains("hush") && !"\($0)".contains("many") } == true)
    }
}
