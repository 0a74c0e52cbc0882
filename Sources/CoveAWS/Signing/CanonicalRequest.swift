// SPDX-License-Identifier: Apache-2.0

/// A request in the one form that both sides hash: SigV4's task 1.
struct CanonicalRequest {
    /// The canonical request.
    let text: [UInt8]
    /// The names of the signed fields, `host;x-amz-date`.
    let signedHeaders: String

    /// Puts a request into canonical form.
    ///
    /// - Parameters:
    ///   - query: the query as it is on the wire.
    ///   - payloadHash: the payload's hash in hexadecimal digits, or what the service takes in its place.
    init(
        _ request: HTTPRequest, query: String, payloadHash: [UInt8], settings: SigningSettings
    ) {
        var text: [UInt8] = []
        text.reserveCapacity(512)
        text.append(contentsOf: request.method.rawValue.utf8)
        text.append(Self.newline)
        Self.appendPath(request.path, settings: settings, to: &text)
        text.append(Self.newline)
        Self.appendQuery(query, to: &text)
        text.append(Self.newline)
        let names = Self.appendHeaders(of: request, to: &text)
        text.append(Self.newline)
        text.append(contentsOf: names)
        text.append(Self.newline)
        text.append(contentsOf: payloadHash)
        self.text = text
        signedHeaders = String(decoding: names, as: UTF8.self)
    }

    private static let newline = UInt8(ascii: "\n")

    /// Fields that proxies and libraries change on the way, and that botocore does not sign for that reason.
    private static func isSigned(_ name: String) -> Bool {
        switch name {
        case "authorization", "baggage", "connection", "expect", "keep-alive", "proxy-authenticate",
            "proxy-authorization", "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade",
            "user-agent", "x-amzn-trace-id":
            false
        default: true
        }
    }

    /// The names of the fields that are signed, in order and separated by semicolons.
    static func signedNames(_ request: HTTPRequest) -> String {
        var ignored: [UInt8] = []
        return String(decoding: appendHeaders(of: request, to: &ignored), as: UTF8.self)
    }

    private static func appendPath(_ path: String, settings: SigningSettings, to text: inout [UInt8]) {
        if path == "/" || path.isEmpty {
            text.append(UInt8(ascii: "/"))
            return
        }
        var path = Array(path.utf8)
        if settings.pathNormalization == .resolved { path = resolved(path) }
        switch settings.pathEncoding {
        case .again: PercentEncoding.append(path, keepingSlashes: true, to: &text)
        case .asOnTheWire:
            // What is encoded stays as it is: a slash in a label is no slash of the path.
            for part in path.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).enumerated() {
                if part.offset > 0 { text.append(UInt8(ascii: "%")) }
                PercentEncoding.append(part.element, keepingSlashes: true, to: &text)
            }
        }
    }

    /// The path without `.`, `..` and empty segments (RFC 3986, section 5.2.4); a slash at the end stays.
    private static func resolved(_ path: [UInt8]) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        var kept: [ArraySlice<UInt8>] = []
        for segment in path.split(separator: slash) {
            if segment.elementsEqual(".".utf8) { continue }
            if segment.elementsEqual("..".utf8) {
                _ = kept.popLast()
            } else {
                kept.append(segment)
            }
        }
        var result: [UInt8] = [slash]
        result.append(contentsOf: kept.joined(separator: [slash]))
        if path.last == slash, !kept.isEmpty { result.append(slash) }
        return result
    }

    private static func appendQuery(_ query: String, to text: inout [UInt8]) {
        if query.isEmpty { return }
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            var name: [UInt8] = []
            var value: [UInt8] = []
            PercentEncoding.append(PercentEncoding.decoded(part[..<(equals ?? part.endIndex)]), to: &name)
            if let equals {
                PercentEncoding.append(PercentEncoding.decoded(part[part.index(after: equals)...]), to: &value)
            }
            pairs.append((name, value))
        }
        pairs.sort {
            $0.name == $1.name
                ? $0.value.lexicographicallyPrecedes($1.value) : $0.name.lexicographicallyPrecedes($1.name)
        }
        for (index, pair) in pairs.enumerated() {
            if index > 0 { text.append(UInt8(ascii: "&")) }
            text.append(contentsOf: pair.name)
            text.append(UInt8(ascii: "="))
            text.append(contentsOf: pair.value)
        }
    }

    /// Appends a line for every signed name and returns the names; the values of a name that occurs again join its line.
    ///
    /// The Host line that the transport will write is among them.
    private static func appendHeaders(of request: HTTPRequest, to text: inout [UInt8]) -> [UInt8] {
        var fields: [HeaderFields.Field] = []
        fields.reserveCapacity(request.headers.fields.count + 1)
        for field in request.headers.fields where isSigned(field.name) && field.name != "host" { fields.append(field) }
        fields.append(HeaderFields.Field(name: "host", value: request.origin.host))
        // A stable sort: the order among the values of one name is part of what is signed.
        for index in fields.indices.dropFirst() {
            var place = index
            while place > 0, fields[place].name < fields[place - 1].name {
                fields.swapAt(place, place - 1)
                place -= 1
            }
        }
        var names: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index > 0, fields[index - 1].name == field.name {
                text[text.count - 1] = UInt8(ascii: ",")
            } else {
                if index > 0 { names.append(UInt8(ascii: ";")) }
                names.append(contentsOf: field.name.utf8)
                text.append(contentsOf: field.name.utf8)
                text.append(UInt8(ascii: ":"))
            }
            appendTrimmed(field.value, to: &text)
            text.append(newline)
        }
        return names
    }

    /// Appends a value without the blanks around it and with one for each run of blanks in it.
    private static func appendTrimmed(_ value: String, to text: inout [UInt8]) {
        let start = text.count
        var isPending = false
        for byte in value.utf8 {
            if byte == 0x20 || byte == 0x09 {
                isPending = text.count > start
            } else {
                if isPending { text.append(0x20) }
                isPending = false
                text.append(byte)
            }
        }
    }
}
