// SPDX-License-Identifier: Apache-2.0

/// The texts in which protocols write single values.
enum WireText {
    /// A number as protocols that know no infinity write it.
    static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return "\(number)"
    }

    /// A moment in one of its forms.
    static func text(_ seconds: Double, _ format: TimestampFormat) -> String {
        switch format {
        case .iso8601: Timestamp.zulu(seconds)
        case .rfc822: Timestamp.imfFixdate(seconds)
        case .unixTimestamp: number(seconds)
        }
    }

    /// Seconds since 1970, without a fraction where there is none.
    static func number(_ seconds: Double) -> String {
        Int64(exactly: seconds).map { "\($0)" } ?? "\(seconds)"
    }

    /// The moment that a value says: one, seconds since 1970, or a text of RFC 3339.
    ///
    /// - Throws: `AWSError` (`.invalidInput`) for all else, and for moments that have no date.
    static func moment(_ value: AWSValue) throws -> Double {
        if let seconds = seconds(value) { return seconds }
        throw AWSError(
            .invalidInput, code: "ParamValidation",
            message: "\(value.jsonText()) is no moment; expected one such as 2026-11-21T00:10:00Z")
    }

    /// The number of a text; nil when it is none.
    static func number(_ text: String) -> Double? {
        switch text {
        case "Infinity", "INF": .infinity
        case "-Infinity", "-INF": -.infinity
        case "NaN": .nan
        default: Double(text)
        }
    }

    /// The seconds since 1970 of a moment in any of its forms; nil when it is none, or has no date.
    static func seconds(_ text: String) -> Double? {
        let seconds = Timestamp.seconds(text) ?? Timestamp.httpDate(text) ?? Timestamp.day(text) ?? Double(text)
        return seconds.flatMap { Timestamp.range.contains($0) ? $0 : nil }
    }

    /// The seconds since 1970 that a value says; nil when it is no moment, or has no date.
    static func seconds(_ value: AWSValue) -> Double? {
        switch value {
        case .timestamp(let seconds), .double(let seconds): Timestamp.range.contains(seconds) ? seconds : nil
        case .integer(let seconds): Timestamp.range.contains(Double(seconds)) ? Double(seconds) : nil
        case .string(let text): seconds(text)
        default: nil
        }
    }

    /// The bytes that a value says: bytes, or the UTF-8 of a text.
    static func bytes(_ value: AWSValue) -> [UInt8] {
        switch value {
        case .blob(let bytes): bytes
        case .string(let text): Array(text.utf8)
        default: []
        }
    }

    /// A single value as text: of a header, a label, a form's field.
    static func scalar(_ value: AWSValue, _ kind: Shape.Kind, _ format: TimestampFormat) throws -> String {
        switch kind {
        case .timestamp: return text(try moment(value), format)
        case .blob: return Base64.encode(bytes(value))
        case .float, .double: return value.double.map { text($0) } ?? value.string ?? ""
        default: break
        }
        return switch value {
        case .bool(let truth): truth ? "true" : "false"
        case .integer(let number): "\(number)"
        case .double(let number): text(number)
        case .string(let text): text
        default: value.jsonText()
        }
    }
}
