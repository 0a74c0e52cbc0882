// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport
import FoundationEssentials
import Glibc
import Logging
import Synchronization
import Testing

@testable import CoveWorker

@Suite(.timeLimit(.minutes(5)), .enabled(if: PythonWorkshop.interpreter != nil, "\(PythonWorkshop.skipped)"))
struct PythonExecutorTests {
    private static let source = """
        import os, time
        def process(session): return os.getpid()
        def add(session, a, b): return a + b
        def nothing(session): return None
        def fails(session):
            print("secret of 1")
            raise ValueError("has secret of 1 in it")
        def ends(session): os._exit(7)
        def loops(session, path):
            open(path, "w").close()
            while True:
                try: time.sleep(100)
                except KeyboardInterrupt: pass
        def meets(session, path, others):
            open(f"{path}/{os.getpid()}", "w").close()
            while len(os.listdir(path)) < others: time.sleep(0.01)
            return os.getpid()
        """

    @Test func `a function gets its arguments and gives its result`() async throws {
        try await PythonWorkshop(Self.source).use { (python) async throws in
            #expect(try await python.result("add", #"["a", "ä"]"#) == "\"aä\"")
            #expect(try await python.result("nothing") == nil)
        }
    }

    @Test func `a process runs one task after another until it has run as many as it may`() async throws {
        try await PythonWorkshop(Self.source, tasksPerProcess: 2).use { (python) async throws in
            var processes: [String?] = []
            for _ in 0..<4 { processes.append(try await python.result("process")) }
            #expect(processes[0] == processes[1])
            #expect(processes[2] == processes[3])
            #expect(processes[1] != processes[2])
        }
    }

    @Test func `tasks at the same time have processes of their own`() async throws {
        try await PythonWorkshop(Self.source).use { (python) async throws in
            try python.folder.makeFolder("met")
            let arguments = "[\"\(python.folder.path)/met\", 3]"
            async let first = python.result("meets", arguments)
            async let second = python.result("meets", arguments)
            async let third = python.result("meets", arguments)
            let processes = try await [first, second, third]
            #expect(Set(processes).count == 3)
        }
    }

    @Test func `a failure has its traceback and no secrets, and what was printed goes to the log`() async throws {
        try await PythonWorkshop(Self.source).use { (python) async throws in
            let failure = await #expect(throws: Failure.self) { try await python.result("fails") }
            #expect(failure?.type == "ValueError")
            #expect(failure?.message == "has [secret] in it")
            #expect(failure?.traceback?.hasSuffix("ValueError: has [secret] in it") == true)
            #expect(failure?.stderr == "[secret]\n")
            #expect(python.logs.lines.value.filter { $0.level == .info }.map(\.message) == ["[secret]"])
            #expect(!python.logs.lines.value.contains { $0.message.contains("secret of") })
        }
    }

    @Test func `an end of the process is a failure, and the next task has another`() async throws {
        try await PythonWorkshop(Self.source).use { (python) async throws in
            let failure = await #expect(throws: Failure.self) { try await python.result("ends") }
            #expect(failure?.type == "PythonProcessEnded")
            #expect(failure?.exitCode == 7)
            #expect(try await python.result("add", "[1, 2]") == "3")
        }
    }

    @Test func `a function that does not hear of its cancellation is killed`() async throws {
        try await PythonWorkshop(Self.source).use { (python) async throws in
            let path = python.folder.path + "/begun"
            let task = Task { try await python.result("loops", "[\"\(path)\"]") }
            while !FileManager.default.fileExists(atPath: path) { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await python.result("add", "[1, 2]") == "3")
        }
    }

    @Test func `no process is left when the executor ends`() async throws {
        var process: pid_t?
        try await PythonWorkshop(Self.source).use { (python) async throws in
            process = try await python.result("process").flatMap { pid_t($0) }
        }
        let found = try #require(process)
        #expect(kill(found, 0) == -1 && errno == ESRCH)
    }

    @Test func `a file that cannot be loaded fails every task at once`() async throws {
        let source = """
            with open(__file__ + ".loads", "a") as loads: loads.write("again ")
            raise RuntimeError('not today')
            """
        try await PythonWorkshop(source).use { (python) async throws in
            for _ in 0..<2 {
                let failure = await #expect(throws: Failure.self) { try await python.result("f") }
                #expect(failure?.type == "PythonNotLoaded")
                #expect(failure?.message == "audit.py cannot be loaded: RuntimeError: not today")
            }
            let loads = try String(contentsOfFile: python.folder.path + "/audit.py.loads", encoding: .utf8)
            #expect(loads == "again ")
        }
    }

    @Test func `what a file says before it ends the interpreter is told`() async throws {
        try await PythonWorkshop("import os\nprint('no more', flush=True)\nos._exit(1)").use { (python) async throws in
            let failure = await #expect(throws: Failure.self) { try await python.result("f") }
            #expect(failure?.type == "PythonNotStarted")
            #expect(failure?.message.hasSuffix("audit.py: no more\n") == true)
        }
    }

    /// Gives credentials that end soon, and each time others.
    private struct EndingCredentials: CredentialProvider {
        let count = Counted()

        func credentials() async throws -> Credentials {
            let number = count.value.wrappingAdd(1, ordering: .relaxed).newValue
            return Credentials(
                accessKeyID: "ASIA\(number)", secretAccessKey: "secret of \(number)", sessionToken: "token",
                expiration: Date(timeIntervalSinceNow: number < 3 ? 30 : 3_600))
        }

        func replaces(_ refused: Credentials) async -> Bool { false }
    }

    private final class Counted: Sendable {
        let value = Atomic(0)
    }

    @Test func `credentials that end while a function runs are renewed`() async throws {
        let source = """
            def f(session):
                credentials = session.get_credentials()
                return [credentials.get_frozen_credentials().access_key for _ in range(3)]
            """
        try await PythonWorkshop(source).use { (python) async throws in
            #expect(try await python.result("f", provider: EndingCredentials()) == #"["ASIA2","ASIA3","ASIA3"]"#)
        }
    }
}
