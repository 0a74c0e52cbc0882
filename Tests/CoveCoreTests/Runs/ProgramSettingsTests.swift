// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveCore

/// What a program is started with, as it is kept and sent.
@Suite struct ProgramSettingsTests {
    @Test(
        arguments: [
            (ProgramSettings(), "{}"), (ProgramSettings(folder: .task), #"{"folder":"task"}"#),
            (
                ProgramSettings(folder: .caller, fillsTemplates: true, memoryLimit: 268_435_456, credentials: .server),
                #"{"credentials":"server","fillsTemplates":true,"folder":"caller","memoryLimit":268435456}"#
            ),
        ])
    func `settings go there and back`(settings: ProgramSettings, text: String) throws {
        #expect(try CodedForm.text(settings) == text)
        #expect(try CodedForm.value(text) == settings)
    }

    @Test func `a program without settings is what it was before there were any`() throws {
        let text = #"{"arguments":[],"parsing":"auto","program":"x"}"#
        let program: ProgramSpecification = try CodedForm.value(text)
        #expect(program.settings == nil)
        #expect(try CodedForm.text(program) == text)
        #expect(program.settingProblems == [])
    }

    @Test func `a setting that is not known is kept, and refused`() throws {
        let text = #"{"cpuLimit":1,"credentials":"vault","folder":"task","memoryLimit":null,"quota":{"a":[]}}"#
        let settings: ProgramSettings = try CodedForm.value(text)
        #expect(settings.notUnderstood == ["cpuLimit", "credentials vault", "quota"])
        #expect(settings.folder == .task && settings.memoryLimit == nil)
        let problems = ProgramSpecification(program: "x", settings: settings).settingProblems
        #expect(problems.count == 3 && problems[0].contains("\"cpuLimit\" is not known here"))
    }

    @Test(arguments: [
        #"{"folder":1}"#, #"{"fillsTemplates":"yes"}"#, #"{"memoryLimit":"1GiB"}"#, #"{"memoryLimit":1.5}"#, "[]",
    ])
    func `settings of another form are an error`(text: String) {
        #expect(CodedForm.problem(ProgramSettings.self, text) != nil)
    }

    @Test func `all that is wrong is told at once`() {
        let program = ProgramSpecification(
            program: "sh", arguments: ["-c", "echo {name}"],
            settings: ProgramSettings(folder: .caller, fillsTemplates: true, memoryLimit: 1))
        let problems = program.settingProblems
        #expect(problems.count == 3)
        #expect(problems.contains { $0.contains("memory-limit is 1 bytes: expected 16 MiB to 1048576 GiB") })
        #expect(problems.contains { $0.contains("no folder was named") })
        #expect(problems.contains { $0.hasPrefix("argument 2 is a program for a shell") })
    }

    @Test func `numbers of bytes are told in the largest whole unit`() {
        let texts = [
            1: "1 bytes", 1_024: "1 KiB", 1_536: "1536 bytes", 512 << 20: "512 MiB", 2 << 30: "2 GiB", 0: "0 bytes",
        ]
        for (bytes, text) in texts { #expect(ByteCount(bytes).description == text) }
    }

    @Test func `settings are told in a few words`() {
        #expect(ProgramSettings().description == "")
        let settings = ProgramSettings(folder: .task, fillsTemplates: true, memoryLimit: 1 << 30, credentials: .server)
        #expect(
            settings.description == "in a folder of its own, memory up to 1 GiB, credentials from a server, templates")
    }
}
