// SPDX-License-Identifier: Apache-2.0

/// What all calls of an operation have in common, whoever makes them.
package final class CallPlan: Sendable {
    /// The operation.
    package let operation: OperationModel
    /// Its name for errors, `IAM.ListUsers`.
    package let title: String
    let metadata: ServiceMetadata
    let quirks: [any CallQuirk]
    /// The path of requests, as the model has it and the quirks want it.
    let requestURI: String
    /// What stands before the host's name, likewise.
    let hostPrefix: String?

    init(_ operation: OperationModel, _ metadata: ServiceMetadata) {
        self.operation = operation
        self.metadata = metadata
        title = "\(metadata.serviceID).\(operation.name)"
        quirks = Quirks.of(operation, metadata)
        requestURI = quirks.reduce(operation.requestURI) { $1.path($0) }
        hostPrefix = quirks.reduce(operation.hostPrefix) { $1.hostPrefix($0) }
    }
}

/// What a service needs of its calls, or gives in its answers, that its model does not say.
///
/// Each has a file of its own in `Quirks`.
protocol CallQuirk: Sendable {
    /// Changes the path of all requests.
    func path(_ path: String) -> String
    /// Changes what stands before the host's name.
    func hostPrefix(_ prefix: String?) -> String?
    /// Changes the input before it is checked.
    func prepare(_ input: inout AWSMembers) throws
    /// Changes the request before its body is hashed and it is signed.
    func complete(_ request: inout RequestParts) throws
    /// Changes the output.
    func finish(_ output: inout AWSMembers, _ response: HTTPResponse)
}

extension CallQuirk {
    func path(_ path: String) -> String { path }
    func hostPrefix(_ prefix: String?) -> String? { prefix }
    func prepare(_ input: inout AWSMembers) throws {}
    func complete(_ request: inout RequestParts) throws {}
    func finish(_ output: inout AWSMembers, _ response: HTTPResponse) {}
}
