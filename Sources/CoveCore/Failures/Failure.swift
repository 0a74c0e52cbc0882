// SPDX-License-Identifier: Apache-2.0

/// Why a task did not succeed: what stands in `ExceptionDetails`, and crosses the wire.
public struct Failure: Error, Sendable, Hashable, Codable {
    /// The kind of failure: an error type's name, or one of Cove's own (`ProgramFailed`, `TaskTimeout`, `WorkerLost`).
    public var type: String
    /// The service's error code, where a service refused.
    public var code: String?
    /// What happened, in a sentence.
    public var message: String
    /// The AWS operation that failed, `STS.AssumeRole`.
    public var operation: String?
    /// The request id of the refusal.
    public var requestID: String?
    /// The HTTP status of the refusal.
    public var httpStatus: Int?
    /// How many times the request was sent.
    public var attempts: Int?
    /// Whether the same may succeed later.
    public var isRetryable: Bool?
    /// The exit code of a program that failed.
    public var exitCode: Int?
    /// The end of what a program that failed wrote to stderr.
    public var stderr: String?
    /// Where it happened, the function's own lines, for a Python function.
    public var traceback: String?
    /// The exception itself as tagged JSON, for a Python function whose results keep Python's types.
    package var exception: JSONText?

    /// A failure; all but its type and message may be left out.
    public init(
        type: String, code: String? = nil, message: String, operation: String? = nil, requestID: String? = nil,
        httpStatus: Int? = nil, attempts: Int? = nil, isRetryable: Bool? = nil, exitCode: Int? = nil,
        stderr: String? = nil, traceback: String? = nil
    ) {
        self.type = type
        self.code = code
        self.message = message
        self.operation = operation
        self.requestID = requestID
        self.httpStatus = httpStatus
        self.attempts = attempts
        self.isRetryable = isRetryable
        self.exitCode = exitCode
        self.stderr = stderr
        self.traceback = traceback
    }
}

extension Failure {
    /// The failure of a task whose workers vanished so often that it is not tried again.
    package static func workerLost(times: Int) -> Failure {
        Failure(
            type: "WorkerLost",
            message: "worker lost: \(times) attempts were started and their workers vanished; "
                + "what the attempts did in the account is not known",
            attempts: times, isRetryable: true)
    }

    /// The failure of a started attempt that was lost in a run that may not run anything twice.
    package static let outcomeUnknown = Failure(
        type: "OutcomeUnknown",
        message: "outcome unknown: the attempt was with a worker and was lost or ended before it was reported; "
            + "it is not run again because the run is at-most-once",
        isRetryable: false)
}

extension Failure {
    /// How many bytes its texts take that may be long.
    package var textBytes: Int {
        message.utf8.count + (stderr?.utf8.count ?? 0) + (traceback?.utf8.count ?? 0) + (exception?.utf8.count ?? 0)
    }

    /// Writes the failure as the object that stands in `ExceptionDetails` (design: output contract).
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("Type")
        writer.string(type)
        writer.member("Code", code)
        writer.key("Message")
        writer.string(message)
        writer.member("Operation", operation)
        writer.member("RequestId", requestID)
        writer.member("HTTPStatusCode", httpStatus)
        writer.member("Attempts", attempts)
        if let isRetryable {
            writer.key("Retryable")
            writer.bool(isRetryable)
        }
        writer.member("ExitCode", exitCode)
        writer.member("Stderr", stderr)
        writer.member("Traceback", traceback)
        if let exception {
            writer.key("Exception")
            writer.value(exception)
        }
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes a member whose value is text, unless there is none.
    package mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        string(text)
    }

    /// Writes a member whose value is a number, unless there is none.
    package mutating func member(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        key(name)
        number(Int64(value))
    }
}
