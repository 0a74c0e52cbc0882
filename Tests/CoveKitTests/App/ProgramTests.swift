// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCoordinator
import CoveCore
import CoveTestSupport
import FoundationEssentials
import Testing

@testable import CoveKit

/// A user's program as a cove: what it lists, refuses and goes on with.
@Suite(.timeLimit(.minutes(5)))
struct ProgramTests {
    private static let audit = Program(
        name: "audit", functions: [$whereabouts, $greetings, $touch, Checks.$matches])

    private static func status(
        _ arguments: [String], in environment: ProcessEnvironment = .sample(), as program: Program = audit
    ) async -> CoveKit.ExitStatus {
        await CoveCommandLine.run(arguments, in: environment, as: program)
    }

    @Test func `two functions of a name are refused before anything is done`() async {
        let twice = Program(name: "audit", functions: [$touch, $whereabouts, $touch])
        #expect(
            twice.problems == [
                "2 functions of audit have the name \"touch\": give each its own, or list it once in `functions`"
            ])
        #expect(await Self.status(["functions"], as: twice) == .invalidRequest)
        #expect(Self.audit.problems == [])
    }

    @Test func `a program may have so many functions and no more`() {
        let many = Program(name: "p", functions: (0...256).map { NamedFunction(name: "f\($0)") })
        #expect(many.problems == ["p has 257 functions: expected at most 256"])
        let nameless = Program(name: "p", functions: [NamedFunction(name: "")])
        #expect(nameless.problems == ["a function's name has 0 bytes: expected 1 to 256"])
    }

    @Test func `the functions are listed, with their shapes, defaults and build`() async throws {
        let place = try TemporaryFolder()
        let arguments = ["functions", "--output", "json", "--output-file", place.file("out")]
        #expect(await Self.status(arguments) == .success)
        let build = try ExecutableFile.build.get()
        #if os(Linux)
            // The linkers of Swift's toolchains give every program a build ID.
            let start = try #require(FileDescriptor(reading: "/proc/self/exe")?.read(upTo: 64 << 10))
            #expect(BuildID.find(in: start)?.hexadecimal == build)
        #endif
        #expect(
            try place.text("out").contains(
                #"{"Name":"whereabouts","Result":"text","Defaults":["--regions=eu-west-1,us-east-1","#
                    + #""--role-name=audit/Reader","--external-id=x-1"],"Program":"audit","Build":"\#(build)"}"#))
        let lines = try FunctionsCommand.report(of: Self.audit).lines(nil)
        #expect(lines.count == 5 && lines[0].hasPrefix("FUNCTION"))
        #expect(lines[2].hasPrefix(#"greetings       {"name": text, "times"?: integer}"#))
    }

    @Test func `the build is the digest of a file without a build ID`() throws {
        let place = try TemporaryFolder()
        let path = try place.write("x", Array("abc".utf8))
        #expect(
            try ExecutableFile.build(of: path).get()
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(throws: InvalidRequest.self) { try ExecutableFile.build(of: place.file("none")).get() }
    }

    @Test(arguments: [
        ["run"], ["run", "nothing"], ["run", "greetings"], ["run", "greetings", "--input", "{"],
        ["run", "greetings", "--input", #"{"name":7}"#], ["run", "touch", "--input", "{}"],
        ["run", "touch", "--slots", "0"], ["unknown"],
    ])
    func `a wrong request is told before anything is done`(arguments: [String]) async throws {
        let organization = try FakeOrganization(accounts: 1)
        #expect(await Self.status(arguments, in: organization.environment) == .invalidRequest)
        #expect(organization.server.requests.isEmpty)
        #expect(try organization.place.names() == [])
    }

    @Test func `what is wrong in a function's attribute is told as that`() async throws {
        let organization = try FakeOrganization(accounts: 1)
        let program = Program(name: "audit", functions: [$touch.with(policy: "", slots: 9999)])
        let command = try RunCommand.parse(["touch"])
        let error = await #expect(throws: InvalidRequest.self) {
            try await program.perform { try await command.run(in: organization.environment) }
        }
        let slots = #"slots in @Cove of touch is "9999": expected a whole number from 1 to 4096"#
        #expect(error?.problems.contains(slots) == true)
        // Called directly the empty policy is refused as well.
        let called = await #expect(throws: InvalidRequest.self) { _ = try await $touch.with(policy: "")() }
        #expect(called?.problems.count == 1 && error?.problems.count == 2)
        #expect(error?.problems.contains(called?.problems.first ?? "") == true)
    }

    @Test(arguments: [["--help"], ["--version"], ["run", "--help"], ["help", "functions"], ["certs", "--help"]])
    func `asking for help succeeds, in the program's own name`(arguments: [String]) async {
        #expect(await Self.status(arguments) == .success)
    }

    @Test func `what is typed begins with the program's name`() async throws {
        let run = try RunID.sample()
        let folders = try #require(RunFolders(option: nil, environment: .sample(["HOME": "/h"])))
        #expect(folders.command("resume", run) == "cove resume \(run)")
        await Self.audit.perform {
            #expect(folders.command("resume", run) == "audit resume \(run)")
            #expect(RunCommand.helpMessage().contains("audit run [options] <function>"))
            #expect(ExecCommand.helpMessage().contains("audit exec [options] -- <program>"))
            let python = PythonCommand.helpMessage()
            #expect(python.contains("audit python [options] <file>:<function>") && !python.contains("cove python"))
        }
    }

    // MARK: Going on

    private static func refusal(_ program: Program, _ function: NativeSpecification) throws -> String? {
        try program.refusal(of: function, run: .sample())?.problems.joined()
    }

    @Test func `only the same build goes on with a run`() throws {
        let build = try ExecutableFile.build.get()
        let function = NativeSpecification(name: "touch", program: "audit", build: build)
        #expect(try Self.refusal(Self.audit, function) == nil)

        let plain = try #require(try Self.refusal(.cove, function))
        #expect(plain.contains("touch of audit, build \(build.prefix(12)), which cove does not have"))
        #expect(plain.hasSuffix("audit resume 20261120-235959-aaaa1"))

        let older = NativeSpecification(name: "touch", program: "audit", build: String(repeating: "0", count: 64))
        let rebuilt = try #require(try Self.refusal(Self.audit, older))
        #expect(rebuilt.contains("build 000000000000, and this is build \(build.prefix(12))"))

        let closure = try #require(try Self.refusal(Self.audit, NativeSpecification(name: "x", program: "p")))
        #expect(closure.contains("is of a closure of p: nobody can go on with it"))
    }

    @Test func `a stored run of a function is refused by cove and by another program, and taken by its own`()
        async throws
    {
        let build = try ExecutableFile.build.get()
        let function = NativeSpecification(name: "touch", program: "audit", build: build)
        let run = try await StoredRun(accounts: 1, function: .native(function))
        try await run.settle(try await run.lease(1)[0], .succeeded(nil))
        try await run.store.close()
        let arguments = ["resume", "2026", "--store", run.place.path, "--output", "none"]
        #expect(await Self.status(arguments, as: .cove) == .invalidRequest)
        #expect(await Self.status(arguments, as: Program(name: "b", functions: [$greetings])) == .invalidRequest)
        #expect(await Self.status(arguments) == .success)
    }

    @Test func `shapes are left out of an announcement that would be too long`() throws {
        let functions = (0..<256).map { NamedFunction(name: "f\($0)", wide: true) }
        let offer = try #require(try Program(name: "p", functions: functions).offer())
        #expect(offer.functions.count == 256 && offer.size < NativeOffer.mostBytes)
        #expect(offer.functions.allSatisfy { $0.output == nil })
    }
}

/// A function that is made rather than decorated.
private struct NamedFunction: CoveFunction {
    struct Wide: Codable, Sendable {
        var aMemberOfSuchALongNameThatManyOfThemTakeMuchRoom: [String: [String: [String: String]]]
        var anotherMemberOfSuchALongNameThatManyOfThemTakeMuchRoom: [String: [String: [String: String]]]
        var yetAnotherMemberOfSuchALongNameThatManyOfThemTakeMuchRoom: [String: [String: [String: String]]]
        var oneMoreMemberOfSuchALongNameThatManyOfThemTakeMuchRoom: [String: [String: [String: String]]]
    }

    typealias CoveFunctionInput = CoveNoInput
    typealias CoveFunctionResult = Wide?
    var name: String
    var wide = false
    var options = CoveOptions()
    var coding: CoveCoding<Wide?> { .codable }

    func call(_ session: CoveSession, _ input: CoveNoInput) async throws -> Wide? { nil }
}
