// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport
import FoundationEssentials

@testable import CoveWorker

/// A Python file in a folder, and an executor that runs its functions in a real Python.
struct PythonWorkshop {
    static var interpreter: String? { ProcessInfo.processInfo.environment["COVE_PYTHON"] }
    static let skipped = "COVE_PYTHON names no Python interpreter that has boto3"

    let folder: TestFolder
    let executor: PythonExecutor
    let logs = LogRecorder()
    private let workshop: CallWorkshop

    /// A workshop whose file has this content.
    init(_ source: String, killGrace: Duration = .milliseconds(50), tasksPerProcess: Int = 100) throws {
        folder = try TestFolder()
        try folder.write("audit.py", source)
        workshop = try CallWorkshop(hasModels: false)
        executor = PythonExecutor(
            settings: PythonSettings(
                interpreter: Self.interpreter, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
                folder: folder.path + "/sources", tasksPerProcess: tasksPerProcess, resultBytes: 1 << 20,
                killGrace: killGrace), logger: logs.logger)
    }

    /// Calls `body` while the executor keeps its processes.
    func use(_ body: (PythonWorkshop) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [executor] in await executor.run() }
            try await body(self)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// The result of a function, as text.
    func result(
        _ function: String, _ arguments: String = "[]", provider: (any CredentialProvider)? = nil
    ) async throws -> String? {
        let specification = PythonSpecification(
            artefact: nil, file: "audit.py", function: function, arguments: JSONText(trusted: Array(arguments.utf8)))
        var generator = SystemRandomNumberGenerator()
        let run = RunID(startingAt: Timestamp(milliseconds: 1), using: &generator)
        return try await executor.run(
            specification, in: workshop.session(of: run, provider: provider), files: folder.path)?.text
    }
}
