// SPDX-License-Identifier: Apache-2.0

/// A request as a protocol makes it of an operation's input, before it is known where it goes.
struct RequestParts: Sendable {
    var method: String
    /// The path, percent-encoded; never empty.
    var path = "/"
    var query = FormWriter()
    var headers = HeaderFields()
    var body: [UInt8] = []
    /// The file that is the body, instead of the bytes.
    var bodyFile: BodyFile?
    /// What stands before the host's name.
    var hostPrefix: String?
    /// Where the request goes, when it goes elsewhere than the endpoint rules say.
    var origin: HTTPOrigin?

    init(method: String) { self.method = method }
}

extension RequestParts {
    /// What is sent: the file, or the bytes.
    var payload: RequestBody { bodyFile.map(RequestBody.file) ?? .bytes(body) }

    /// The request of an operation, by its service's protocol.
    ///
    /// - Parameters:
    ///   - input: the members, valid for the operation.
    ///   - requestURI: the path and query, with members in braces.
    ///   - hostPrefix: what stands before the host's name, with members in braces.
    /// - Throws: `AWSError` (`.invalidInput`) when a value cannot be written: an empty label, a moment that is none.
    static func make(
        _ operation: OperationModel, _ metadata: ServiceMetadata, _ input: AWSMembers, requestURI: String,
        hostPrefix: String?
    ) throws -> RequestParts {
        var request: RequestParts
        switch metadata.wire {
        case .query, .ec2: request = try query(operation, metadata, input)
        case .json: request = try json(operation, metadata, input)
        case .cbor: request = try cbor(operation, metadata, input)
        case .restJSON, .restXML:
            var binding = HTTPBindingWriter(operation, metadata, requestURI: requestURI)
            request = try binding.write(input)
        }
        if let prefix = hostPrefix { request.hostPrefix = try expand(prefix, operation, input) }
        return request
    }

    private static func query(
        _ operation: OperationModel, _ metadata: ServiceMetadata, _ input: AWSMembers
    ) throws -> RequestParts {
        var request = RequestParts(method: operation.method)
        var form = FormWriter(action: operation.name, version: metadata.apiVersion)
        if let shape = operation.input {
            try FormBody(graph: operation.graph, isEC2: metadata.wire == .ec2).write(
                members: input, of: operation.graph[shape], prefix: "", to: &form)
        }
        request.headers.add("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        request.body = form.bytes
        return request
    }

    private static func json(
        _ operation: OperationModel, _ metadata: ServiceMetadata, _ input: AWSMembers
    ) throws -> RequestParts {
        var request = RequestParts(method: operation.method)
        request.headers.add("x-amz-target", "\(metadata.targetPrefix).\(operation.name)")
        request.headers.add("content-type", "application/x-amz-json-\(metadata.jsonVersion)")
        if metadata.isQueryCompatible { request.headers.add("x-amzn-query-mode", "true") }
        var body = JSONBody(graph: operation.graph)
        if let shape = operation.input {
            try body.write(members: input, of: operation.graph[shape])
        } else {
            body.writer.append("{}")
        }
        request.body = body.writer.bytes
        return request
    }

    private static func cbor(
        _ operation: OperationModel, _ metadata: ServiceMetadata, _ input: AWSMembers
    ) throws -> RequestParts {
        var request = RequestParts(method: "POST")
        request.path = "/service/\(metadata.targetPrefix)/operation/\(operation.name)"
        request.headers.add("smithy-protocol", "rpc-v2-cbor")
        request.headers.add("accept", "application/cbor")
        if metadata.isQueryCompatible { request.headers.add("x-amzn-query-mode", "true") }
        if let shape = operation.input {
            var body = CBORBody(graph: operation.graph)
            try body.write(members: input, of: operation.graph[shape])
            request.body = body.writer.bytes
            request.headers.add("content-type", "application/cbor")
        }
        return request
    }

    /// The host's prefix with its labels filled in.
    private static func expand(_ prefix: String, _ operation: OperationModel, _ input: AWSMembers) throws -> String {
        var text = prefix
        let members = operation.input.map { operation.graph[$0].members } ?? []
        for member in members where member.traits.isHostLabel {
            let value = input[member.name]?.string ?? ""
            let isLabel =
                !value.isEmpty
                && value.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
                        || $0 == 0x2E
                }
            guard isLabel else {
                throw AWSError(
                    .invalidInput, code: "ParamValidation",
                    message: "Invalid value for parameter(s): \(member.name). "
                        + "Must contain only alphanumeric characters, hyphen, or period.")
            }
            text = text.split(separator: "{\(member.name)}", omittingEmptySubsequences: false).joined(separator: value)
        }
        return text
    }
}
