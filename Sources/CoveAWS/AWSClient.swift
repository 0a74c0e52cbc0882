// SPDX-License-Identifier: Apache-2.0

/// A client of an AWS service: any operation that the service's model has.
///
/// ```swift
/// let iam = try session.client("iam")
/// let answer = try await iam.listUsers(PathPrefix: "/")      // also list_users, ListUsers
/// for user in answer.Users.list ?? [] { print(user.UserName.string ?? "") }
/// ```
///
/// Parameters and members are named as in the service's API reference. Clients are cheap: thousands may be made, one for
/// each account; what they learn of service and endpoint they share.
@dynamicMemberLookup
public struct AWSClient: Sendable {
    /// The service's name, `iam`.
    public var service: String { calls.name }
    /// The region; nil for a global service without one.
    public var region: String? { calls.region }

    let calls: ServiceCalls
    let pipeline: CallPipeline

    init(_ calls: ServiceCalls, _ pipeline: CallPipeline) {
        self.calls = calls
        self.pipeline = pipeline
    }

    /// Calls an operation.
    ///
    /// - Parameters:
    ///   - operation: its name in any spelling: `ListUsers`, `listUsers`, `list_users`, `list-users`.
    ///   - input: its parameters, by name.
    /// - Returns: the members of its output.
    /// - Throws: `AWSError`, or `CancellationError` when the task is cancelled.
    public func call(_ operation: String, _ input: AWSMembers = AWSMembers()) async throws -> AWSValue {
        .structure(try await answer(operation, input).output)
    }

    /// Calls an operation with the members of a structure as its parameters.
    ///
    /// - Throws: as above; `AWSError` (`.invalidInput`) when the input is no structure.
    @_disfavoredOverload
    public func call(_ operation: String, _ input: AWSValue) async throws -> AWSValue {
        guard let members = input.structure else {
            throw AWSError(
                .invalidInput, code: "ParamValidation",
                message: "the input of \(operation) is \(input.jsonText().prefix(40)); expected a structure",
                operation: operation)
        }
        return try await call(operation, members)
    }

    /// Calls an operation with bytes from or to files, which do not go through memory: an object of any size.
    ///
    /// The output's file appears, or is replaced, when the whole answer has arrived and its checksum is right.
    ///
    /// - Parameters:
    ///   - sending: the path of the file that is the body of the request, `Body` of S3's PutObject.
    ///   - saving: the path of the file that the body of the answer goes to, `Body` of S3's GetObject.
    /// - Returns: the members of the output, without the one that went to the file.
    /// - Throws: `AWSError`; of phase `invalidInput` when a file cannot be read or written, or the operation has no such body.
    @discardableResult
    public func call(
        _ operation: String, _ input: AWSMembers = AWSMembers(), sending source: String? = nil, saving target: String?
    ) async throws -> AWSValue {
        try await call(operation, input, files: source, target)
    }

    /// Calls an operation with a body from a file.
    @discardableResult
    public func call(
        _ operation: String, _ input: AWSMembers = AWSMembers(), sending source: String
    ) async throws -> AWSValue {
        try await call(operation, input, files: source, nil)
    }

    private func call(
        _ operation: String, _ input: AWSMembers, files source: String?, _ target: String?
    ) async throws -> AWSValue {
        let plan = try calls.plan(operation)
        let files = CallPipeline.Files(
            input: try source.map { try BodyFile($0) }, output: try target.map { try AnswerFile($0) })
        return .structure(try await pipeline.call(plan, input, at: calls, files: files).output)
    }

    /// The URL of a call with a signature in its query: whoever has it can make the call until it ends, or the credentials do.
    ///
    /// - Parameters:
    ///   - duration: how long it is good, a second to 7 days.
    ///   - method: the HTTP method for which it is good, `GET`; nil for the operation's own.
    /// - Throws: `AWSError` (`.invalidInput`, `.credentials`).
    public func presign(
        _ operation: String, _ input: AWSMembers = AWSMembers(), validFor duration: Duration = .seconds(3_600),
        method: String? = nil
    ) async throws -> String {
        let plan = try calls.plan(operation)
        return try await pipeline.presigned(
            plan, input, at: calls.endpoints(for: plan, input), seconds: Int(duration.components.seconds),
            method: method)
    }

    /// An operation, to be called with named parameters.
    public subscript(dynamicMember name: String) -> AWSOperation { AWSOperation(client: self, name: name) }

    /// The output of an operation, and what came with it.
    package func answer(_ operation: String, _ input: AWSMembers = AWSMembers()) async throws -> CallAnswer {
        try await pipeline.call(try calls.plan(operation), input, at: calls)
    }

    /// An operation's model, by its name in any spelling.
    ///
    /// - Throws: `AWSError` (`.invalidInput`) with the nearest names when there is none.
    package func operation(_ spelling: String) throws -> OperationModel { try calls.plan(spelling).operation }

    /// How an operation's pages are asked for; nil where it has none.
    package func paginator(_ operation: OperationModel) -> Paginator? { calls.service.paginators[operation.name] }
}

/// An operation of a client, which is called as a function: `client.listUsers(PathPrefix: "/")`.
@dynamicCallable
public struct AWSOperation: Sendable {
    let client: AWSClient
    let name: String

    /// Calls the operation with parameters by name.
    ///
    /// - Throws: `AWSError`, or `CancellationError` when the task is cancelled.
    @discardableResult
    public func dynamicallyCall(withKeywordArguments parameters: KeyValuePairs<String, AWSValue>) async throws
        -> AWSValue
    {
        var input = AWSMembers(capacity: parameters.count)
        for (name, value) in parameters { input[name] = value }
        return try await client.call(self.name, input)
    }
}

/// What a service answered.
package struct CallAnswer: Sendable {
    /// The members of the output.
    package var output: AWSMembers
    /// The request's id, if the answer has one.
    package var requestID: String?
    /// The HTTP status.
    package var httpStatus: Int
    /// How many times the request was sent.
    package var attempts: Int
}
