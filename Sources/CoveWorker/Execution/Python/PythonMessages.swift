// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import FoundationEssentials

/// What is said to Python's side: one JSON object a frame.
enum PythonMessage {
    /// The first frame to a host.
    ///
    /// - Parameter file: which function of which file it is to load; nil for a script, which has its functions already.
    static func start(_ file: PythonFile?, _ settings: PythonSettings) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.string("start")
        if let file {
            writer.key("file")
            writer.string(file.path)
            writer.key("function")
            writer.string(file.function)
            writer.list("paths", file.searchPaths)
            writer.list("decoration", file.decoration)
        }
        writer.key("limits")
        writer.beginObject()
        writer.member("tasks", settings.tasksPerProcess)
        writer.member("memoryBytes", settings.memoryBytes)
        writer.member("residentBytes", settings.memoryBytes / 2)
        writer.member("slots", settings.slots)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// Asks a host to signal a child and what it started.
    static func kill(_ child: UInt32, signal: CInt) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.string("kill")
        writer.member("child", Int(child))
        writer.member("signal", Int(signal))
        writer.endObject()
        return writer.bytes
    }

    /// Gives a child a task.
    static func task(
        _ function: PythonSpecification, in session: CoveSession, _ credentials: Credentials, resultBytes: Int,
        marker: String
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.string("task")
        writer.key("file")
        writer.string(function.file)
        writer.key("function")
        writer.string(function.function)
        if let arguments = function.arguments {
            writer.key("arguments")
            writer.value(arguments)
        }
        if let keywords = function.keywordArguments {
            writer.key("keywordArguments")
            writer.value(keywords)
        }
        writer.key("typed")
        writer.bool(function.isTyped)
        writer.key("session")
        writer.value(session.sessionInformation)
        write(credentials, &writer)
        writer.member("resultBytes", resultBytes)
        writer.member("marker", marker)
        writer.endObject()
        return writer.bytes
    }

    /// Answers a child that asked for credentials.
    static func renewed(_ credentials: Result<Credentials, any Error>) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.string("credentials")
        switch credentials {
        case .success(let credentials): write(credentials, &writer)
        case .failure(let error):
            writer.key("error")
            writer.string(error is CancellationError ? "the task is over" : Failure(describing: error).message)
        }
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ credentials: Credentials, _ writer: inout JSONWriter) {
        writer.key("credentials")
        writer.beginObject()
        writer.member("accessKeyId", credentials.accessKeyID)
        writer.member("secretAccessKey", credentials.secretAccessKey)
        writer.member("sessionToken", credentials.sessionToken)
        writer.member("expiration", credentials.expiration.map { Int($0.timeIntervalSince1970) })
        writer.endObject()
    }
}

/// What a child says of its task.
struct PythonAnswer: Decodable {
    /// What it is.
    enum Kind: String, Decodable {
        case result, failure, credentials
    }

    let type: Kind
    /// The marker of the task that it belongs to.
    let task: String?
    /// Whether a frame follows that is the result.
    let value: Bool?
    /// Why the process ends now; nil where it takes another task.
    let retire: String?
    /// Whether the end of the task's output is marked in it.
    let marked: Bool?
    let failure: Failure?
}

/// What a host says.
struct PythonNews: Decodable {
    /// What it is.
    enum Kind: String, Decodable {
        case ready, failed, born, exited
    }

    let type: Kind
    let child: UInt32?
    let process: Int?
    let exitCode: Int?
    let signal: Int?
    let error: String?
    let peakKiB: Int?
    let failure: Failure?
}

/// A file with a function, at its place on this machine.
struct PythonFile: Sendable, Hashable {
    /// The file's path.
    let path: String
    /// The function's qualified name in it.
    let function: String
    /// What stands on Python's search path after the file's own folder.
    let searchPaths: [String]
    /// The arguments of a decorator that are taken account of; nil where that does not matter.
    let decoration: [String]?
}
