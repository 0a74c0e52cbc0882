// SPDX-License-Identifier: Apache-2.0

/// Puts an input's members where the REST protocols want them: path, query, header, body.
struct HTTPBindingWriter {
    private let operation: OperationModel
    private let metadata: ServiceMetadata
    private let requestURI: String
    private var graph: ShapeGraph { operation.graph }
    private var request: RequestParts
    /// The fields of the query, each with its values; a name that comes again takes the place of the former.
    private var fields: [(name: String, values: [String])] = []
    /// The labels of the path, by name, not encoded.
    private var labels: [String: String] = [:]

    init(_ operation: OperationModel, _ metadata: ServiceMetadata, requestURI: String) {
        self.requestURI = requestURI
        self.operation = operation
        self.metadata = metadata
        request = RequestParts(method: operation.method)
    }

    mutating func write(_ input: AWSMembers) throws -> RequestParts {
        guard let place = operation.input else {
            setPath(try expandedPath())
            return request
        }
        let shape = graph[place]
        for member in shape.members {
            guard let value = input[member.name], !value.isNull else { continue }
            try bind(value, member)
        }
        setPath(try expandedPath())
        for field in fields {
            for value in field.values { request.query.add(field.name, value) }
        }
        try writeBody(input, shape)
        return request
    }

    // MARK: Path, query, header

    private mutating func bind(_ value: AWSValue, _ member: Shape.Member) throws {
        let name = member.traits.locationName ?? member.name
        let kind = graph[member].kind
        switch member.traits.location {
        case .uri: labels[name] = try WireText.scalar(value, kind, member.traits.timestampFormat ?? .iso8601)
        case .querystring: try bindQuery(value, member, name)
        case .header: try bindHeader(value, member, name)
        case .headers:
            for entry in value.structure ?? AWSMembers() {
                request.headers.add(name + entry.name, entry.value.string ?? entry.value.jsonText())
            }
        case .statusCode, .host, nil: break
        }
    }

    private mutating func bindQuery(_ value: AWSValue, _ member: Shape.Member, _ name: String) throws {
        let shape = graph[member]
        switch shape.kind {
        case .map(_, let element):
            for entry in value.structure ?? AWSMembers() {
                setField(
                    entry.name,
                    try (entry.value.list ?? [entry.value]).map {
                        try WireText.scalar($0, graph[element].kind, .iso8601)
                    })
            }
        case .list(let element):
            let format = element.traits.timestampFormat ?? .iso8601
            setField(name, try (value.list ?? []).map { try WireText.scalar($0, graph[element].kind, format) })
        default:
            setField(name, [try WireText.scalar(value, shape.kind, member.traits.timestampFormat ?? .iso8601)])
        }
    }

    private mutating func setField(_ name: String, _ values: [String]) {
        if let place = fields.firstIndex(where: { $0.name == name }) {
            fields[place].values = values
        } else {
            fields.append((name, values))
        }
    }

    private mutating func bindHeader(_ value: AWSValue, _ member: Shape.Member, _ name: String) throws {
        let shape = graph[member]
        if case .list(let element) = shape.kind {
            let elements = (value.list ?? []).filter { !$0.isNull }
            if elements.isEmpty { return }
            let texts = try elements.map { item in
                let text = try header(item, element)
                guard case .string = graph[element].kind, text.contains("\"") || text.contains(",") else { return text }
                return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
                    + "\""
            }
            request.headers.add(name, texts.joined(separator: ","))
        } else {
            request.headers.add(name, try header(value, member))
        }
    }

    private func header(_ value: AWSValue, _ member: Shape.Member) throws -> String {
        if member.traits.isJSONValue { return Base64.encode(Array(value.jsonText().utf8)) }
        let kind = graph[member].kind
        // Moments in headers are whole seconds.
        let whole =
            if case .timestamp = kind { AWSValue.timestamp(try WireText.moment(value).rounded(.down)) } else { value }
        return try WireText.scalar(whole, kind, member.traits.timestampFormat ?? .rfc822)
    }

    /// The path and query of the model, with labels filled in.
    private func expandedPath() throws -> String {
        var text: [UInt8] = []
        var rest = requestURI[...]
        while let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") {
            text += rest[..<start].utf8
            var name = rest[rest.index(after: start)..<end]
            let isGreedy = name.last == "+"
            if isGreedy { name.removeLast() }
            guard let label = labels[String(name)], !label.isEmpty else {
                throw AWSError(
                    .invalidInput, code: "ParamValidation",
                    message: "\(name) stands in the path of \(operation.name) and is empty: expected a value")
            }
            PercentEncoding.append(label.utf8, keepingSlashes: isGreedy, to: &text)
            rest = rest[rest.index(after: end)...]
        }
        return String(decoding: text + Array(rest.utf8), as: UTF8.self)
    }

    private mutating func setPath(_ text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        request.path = parts.first.map(String.init).flatMap { $0.isEmpty ? nil : $0 } ?? "/"
        request.query = FormWriter(parts.count > 1 ? Array(parts[1].utf8) : [])
    }

    // MARK: Body

    private mutating func writeBody(_ input: AWSMembers, _ shape: Shape) throws {
        if let name = shape.traits.payload, let member = shape.member(name) {
            try writePayload(input[name], member)
            return
        }
        let isInBody: (Shape.Member) -> Bool = { $0.traits.location == nil }
        let isGiven = shape.members.contains { isInBody($0) && !(input[$0.name] ?? .null).isNull }
        switch metadata.wire {
        case .restJSON:
            // An empty object stands for a body that has members, none of which is given.
            guard shape.members.contains(where: isInBody) else { return }
            var body = JSONBody(graph: graph)
            try body.write(members: input, of: shape, where: isInBody)
            setBody(body.writer.bytes, "application/json")
        default:
            guard isGiven else { return }
            var body = XMLBody(graph: graph)
            let name = operation.inputTraits.locationName ?? shape.traits.locationName ?? shape.name
            try body.write(
                members: input, of: shape, name, operation.inputTraits.xmlNamespace ?? shape.traits.xmlNamespace,
                where: isInBody)
            request.body = body.bytes
        }
    }

    private mutating func writePayload(_ value: AWSValue?, _ member: Shape.Member) throws {
        let shape = graph[member]
        switch shape.kind {
        case .blob, .string:
            if let value { request.body = WireText.bytes(value) }
        default:
            switch metadata.wire {
            case .restJSON:
                var body = JSONBody(graph: graph)
                try body.write(value ?? [:], member)
                setBody(body.writer.bytes, "application/json")
            default:
                guard let members = value?.structure else { return }
                var body = XMLBody(graph: graph)
                try body.write(
                    members: members, of: shape, member.traits.locationName ?? shape.name, member.traits.xmlNamespace)
                request.body = body.bytes
            }
        }
    }

    private mutating func setBody(_ bytes: [UInt8], _ type: String) {
        request.body = bytes
        if request.headers["content-type"] == nil { request.headers.add("content-type", type) }
    }
}
