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
    /// How it copies from another region, where it does.
    let crossRegionCopy: CrossRegionCopy?
    /// The member of the input, and of the output, whose bytes may come from and go to a file.
    let streamingInput: String?
    let streamingOutput: String?
    /// Whether input or output is a stream of events.
    let hasEvents: Bool

    init(_ operation: OperationModel, _ metadata: ServiceMetadata) {
        self.operation = operation
        self.metadata = metadata
        title = "\(metadata.serviceID).\(operation.name)"
        quirks = Quirks.of(operation, metadata)
        requestURI = quirks.reduce(operation.requestURI) { $1.path($0) }
        hostPrefix = quirks.reduce(operation.hostPrefix) { $1.hostPrefix($0) }
        crossRegionCopy = CrossRegionCopy(operation, metadata)
        streamingInput = Self.streamed(operation.input, operation.graph)
        streamingOutput = Self.streamed(operation.output, operation.graph)
        hasEvents = [operation.input, operation.output].compactMap { $0 }.contains { place in
            operation.graph[place].members.contains { operation.graph[$0].traits.isEventStream }
        }
    }

    /// The member that is a body without a form of its own.
    private static func streamed(_ place: Int?, _ graph: ShapeGraph) -> String? {
        guard let place, let payload = graph[place].traits.payload, let member = graph[place].member(payload) else {
            return nil
        }
        guard case .blob = graph[member].kind else { return nil }
        return payload
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
    /// Changes an answer before it is known whether it is a refusal; throws when it did not arrive as it was sent.
    func receive(_ response: HTTPResponse) throws -> HTTPResponse
    /// Changes the output.
    ///
    /// - Parameter input: what the caller gave.
    func finish(_ output: inout AWSMembers, _ response: HTTPResponse, for input: AWSMembers)
    /// Says where else a refused call may be answered.
    func redirect(_ response: HTTPResponse, _ fault: ServiceFault) -> Redirect?
}

extension CallQuirk {
    func path(_ path: String) -> String { path }
    func hostPrefix(_ prefix: String?) -> String? { prefix }
    func prepare(_ input: inout AWSMembers) throws {}
    func complete(_ request: inout RequestParts) throws {}
    func receive(_ response: HTTPResponse) throws -> HTTPResponse { response }
    func finish(_ output: inout AWSMembers, _ response: HTTPResponse, for input: AWSMembers) {}
    func redirect(_ response: HTTPResponse, _ fault: ServiceFault) -> Redirect? { nil }
}

/// Where a call is to go instead.
enum Redirect: Sendable, Equatable {
    /// To the service in a region.
    case region(String)
    /// To a region that the bucket itself must be asked for.
    case unknown
}
