// SPDX-License-Identifier: Apache-2.0

/// Makes an operation's output of its answer.
enum OutputReader {
    /// The members of the output; an operation without an output has none.
    ///
    /// - Throws: `CodecError` when the answer is not what the model says.
    static func read(
        _ response: HTTPResponse, _ operation: OperationModel, _ metadata: ServiceMetadata
    ) throws(CodecError) -> AWSMembers {
        guard let place = operation.output else { return AWSMembers() }
        return try read(
            response, operation.graph[place], in: operation.graph, metadata, wrapper: operation.outputWrapper)
    }

    /// The members of a type that is the answer as a whole: an output, or a modelled error.
    static func read(
        _ response: HTTPResponse, _ shape: Shape, in graph: ShapeGraph, _ metadata: ServiceMetadata, wrapper: String?
    ) throws(CodecError) -> AWSMembers {
        switch metadata.wire {
        case .query, .ec2:
            guard !shape.members.isEmpty else { return AWSMembers() }
            var root = try XMLReader.read(response.body)
            if shape.traits.isException {
                root = errorElement(root)
            } else if let wrapper {
                guard let result = root[wrapper] else {
                    throw CodecError("expected \(wrapper) in \(root.name)", at: 0)
                }
                root = result
            }
            return try XMLOutput(graph: graph).members(root, of: shape)
        case .json: return try DocumentOutput(graph: graph).members(try document(response.body), of: shape)
        case .cbor:
            if response.body.isEmpty { return AWSMembers() }
            return try DocumentOutput(graph: graph).members(try CBORReader.read(response.body), of: shape)
        case .restJSON, .restXML:
            return try HTTPBindingReader(graph: graph, isXML: metadata.wire == .restXML).read(response, shape)
        }
    }

    static func document(_ body: [UInt8]) throws(CodecError) -> AWSValue {
        body.allSatisfy { $0 <= 0x20 } ? [:] : AWSValue(json: try JSONReader.read(body))
    }

    /// The element that holds an error's members, wherever a service puts it.
    static func errorElement(_ root: XMLElement) -> XMLElement {
        root.find("Errors", "Error") ?? (root.localName == "Error" ? nil : root["Error"]) ?? root
    }
}

/// Reads what the REST protocols put into status, header and body.
struct HTTPBindingReader {
    let graph: ShapeGraph
    let isXML: Bool

    func read(_ response: HTTPResponse, _ shape: Shape) throws(CodecError) -> AWSMembers {
        var members = AWSMembers()
        for member in shape.members {
            if let value = try bound(response, member) { members[member.name] = value }
        }
        if let name = shape.traits.payload, let member = shape.member(name) {
            if let value = try payload(response.body, member) { members[name] = value }
            return members
        }
        // What a request has in its path or query stands in the body of an answer.
        let isInBody: (Shape.Member) -> Bool = { member in
            switch member.traits.location {
            case .statusCode, .header, .headers: false
            case .uri, .querystring, .host, nil: true
            }
        }
        guard shape.members.contains(where: isInBody) else { return members }
        let body: AWSMembers
        if isXML {
            guard !response.body.isEmpty else { return members }
            let root = try XMLReader.read(response.body)
            let element = shape.traits.isException ? OutputReader.errorElement(root) : root
            body = try XMLOutput(graph: graph).members(element, of: shape, where: isInBody)
        } else {
            body = try DocumentOutput(graph: graph).members(
                try OutputReader.document(response.body), of: shape, where: isInBody)
        }
        for member in body { members[member.name] = member.value }
        return members
    }

    private func bound(_ response: HTTPResponse, _ member: Shape.Member) throws(CodecError) -> AWSValue? {
        let name = (member.traits.locationName ?? member.name).lowercased()
        switch member.traits.location {
        case .statusCode: return .integer(Int64(response.status))
        case .header: return try response.header(name).map { text throws(CodecError) in try header(text, member) }
        case .headers:
            var found = AWSMembers()
            let prefix = member.traits.locationName?.lowercased() ?? ""
            for field in response.fieldLines where field.name.lowercased().hasPrefix(prefix) {
                found[String(field.name.dropFirst(prefix.count))] = .string(field.value)
            }
            return .structure(found)
        case .uri, .querystring, .host, nil: return nil
        }
    }

    private func header(_ text: String, _ member: Shape.Member) throws(CodecError) -> AWSValue {
        let shape = graph[member]
        if member.traits.isJSONValue {
            guard let bytes = Base64.decode(text) else { throw CodecError("a header is not base64", at: 0) }
            return AWSValue(json: try JSONReader.read(bytes))
        }
        guard case .list(let element) = shape.kind else { return try ScalarText.value(text, shape.kind) }
        var found: [AWSValue] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let item = String(decoding: trimmed(Array(part.utf8)), as: UTF8.self)
            found.append(try ScalarText.value(item, graph[element].kind))
        }
        return .list(found)
    }

    private func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        var slice = bytes[...]
        while let first = slice.first, first == 0x20 || first == 0x09 { slice.removeFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 { slice.removeLast() }
        return slice
    }

    private func payload(_ body: [UInt8], _ member: Shape.Member) throws(CodecError) -> AWSValue? {
        let shape = graph[member]
        switch shape.kind {
        case .blob: return .blob(body)
        case .string: return .string(String(decoding: body, as: UTF8.self))
        default: break
        }
        if isXML {
            guard !body.isEmpty else { return nil }
            return try XMLOutput(graph: graph).value(try XMLReader.read(body), member)
        }
        guard !body.allSatisfy({ $0 <= 0x20 }) else { return nil }
        return try DocumentOutput(graph: graph).value(try OutputReader.document(body), member)
    }
}
