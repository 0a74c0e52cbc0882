// SPDX-License-Identifier: Apache-2.0

/// Reads single values from text: of an XML element, a header.
enum ScalarText {
    static func value(_ text: String, _ kind: Shape.Kind) throws(CodecError) -> AWSValue {
        switch kind {
        case .boolean: return .bool(text == "true" || text == "True" || text == "1")
        case .integer, .long:
            guard let number = Int64(text) else { throw unexpected(text, "a whole number") }
            return .integer(number)
        case .float, .double:
            guard let number = WireText.number(text) else { throw unexpected(text, "a number") }
            return .double(number)
        case .timestamp:
            guard let seconds = WireText.seconds(text) else { throw unexpected(text, "a moment") }
            return .timestamp(seconds)
        case .blob:
            guard let bytes = Base64.decode(text) else { throw unexpected(text, "base64") }
            return .blob(bytes)
        case .string, .structure, .list, .map: return .string(text)
        }
    }

    private static func unexpected(_ text: String, _ expected: String) -> CodecError {
        CodecError("expected \(expected), found \"\(text.prefix(40))\"", at: 0)
    }
}
