// SPDX-License-Identifier: Apache-2.0

/// An answer that arrived whole.
///
/// The header is kept as the bytes that came and read when somebody asks: most callers want one field, or none.
package struct HTTPResponse: Sendable {
    /// The status code.
    package let status: Int
    /// The field lines as they came, each with its line end, without the status line.
    package let headerBlock: [UInt8]
    /// The body.
    package let body: [UInt8]

    /// Makes an answer of the bytes of its header.
    package init(status: Int, headerBlock: [UInt8], body: [UInt8]) {
        self.status = status
        self.headerBlock = headerBlock
        self.body = body
    }

    /// Makes an answer out of its parts.
    package init(status: Int, headers: HeaderFields = HeaderFields(), body: [UInt8] = []) {
        var block: [UInt8] = []
        for field in headers.fields { block.append(contentsOf: "\(field.name): \(field.value)\r\n".utf8) }
        self.init(status: status, headerBlock: block, body: body)
    }

    /// All fields.
    ///
    /// A line without a colon is left out; bytes that are no UTF-8 are replaced.
    package var headers: HeaderFields {
        var fields = HeaderFields()
        for field in fieldLines { fields.add(field.name, field.value) }
        return fields
    }

    /// All fields, with their names as they were written.
    var fieldLines: [(name: String, value: String)] {
        headerBlock.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let value = Self.trimmed(line[(colon + 1)...])
            return (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    /// The first value of a field whose name is given in lower case.
    package func header(_ lowercasedName: String) -> String? {
        let wanted = lowercasedName.utf8
        for line in headerBlock.split(separator: UInt8(ascii: "\n")) where line.count > wanted.count {
            guard line[line.startIndex + wanted.count] == UInt8(ascii: ":") else { continue }
            let isSame = zip(line, wanted).allSatisfy { byte, expected in
                (byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte) == expected
            }
            guard isSame else { continue }
            return String(decoding: Self.trimmed(line[(line.startIndex + wanted.count + 1)...]), as: UTF8.self)
        }
        return nil
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        var value = line.drop(while: isBlank)
        while let last = value.last, isBlank(last) { value.removeLast() }
        return value
    }
}

extension HTTPResponse {
    /// The answer without a field, whose name is given in lower case.
    func without(_ name: String) -> HTTPResponse {
        var headers = headers
        headers.remove(name)
        return HTTPResponse(status: status, headers: headers, body: body)
    }
}
