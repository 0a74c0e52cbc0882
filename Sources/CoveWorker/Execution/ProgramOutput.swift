// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// What a program wrote to stdout, and what it means as a result (design: the command line, `--parse`).
struct ProgramOutput: Sendable {
    /// The bytes, at most the limit.
    let bytes: [UInt8]

    /// The result that the output stands for; nil for no output, and for `null` where JSON is looked for.
    ///
    /// - Throws: why the output has not the form that `parsing` demands.
    func result(_ parsing: ProgramSpecification.Parsing) throws(OutputProblem) -> JSONText? {
        if bytes.isEmpty { return nil }
        if let offset = invalidUTF8(bytes) {
            throw OutputProblem(reason: "is not UTF-8: byte \(offset) belongs to no character")
        }
        switch parsing {
        case .text: return text
        case .json:
            switch JSONText.checked(bytes) {
            case .success(let value): return value.isNull ? nil : value
            case .failure(let problem): throw OutputProblem(reason: "is not one JSON value: \(problem)")
            }
        case .auto:
            let value = trimmed
            if value.elementsEqual("null".utf8) { return nil }
            guard value.first == UInt8(ascii: "{") || value.first == UInt8(ascii: "[") else { return text }
            guard case .success(let json) = JSONText.checked(bytes) else { return text }
            return json
        }
    }

    /// The output as text without its last line's end.
    private var text: JSONText {
        var line = bytes[...]
        if line.last == UInt8(ascii: "\n") {
            line.removeLast()
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
        }
        return JSONText(string: String(decoding: line, as: UTF8.self))
    }

    private var trimmed: ArraySlice<UInt8> {
        var value = bytes.drop(while: JSONText.isSpace)
        while let last = value.last, JSONText.isSpace(last) { value.removeLast() }
        return value
    }
}

/// Why output is no result; completes the sentence "the output …".
struct OutputProblem: Error, Equatable {
    let reason: String
}
