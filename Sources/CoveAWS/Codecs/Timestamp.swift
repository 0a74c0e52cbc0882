// SPDX-License-Identifier: Apache-2.0

/// Times as AWS writes them in XML (RFC 3339).
enum Timestamp {
    /// The moments that have a date, in seconds since 1970: the years 1 to 9999, as in Python.
    static let range = -62_135_596_800.0...253_402_300_799.0

    /// The seconds since 1970 of `2026-11-21T00:10:00Z`, with or without a fraction, `Z` or an offset; nil for all else.
    static func seconds(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[13] == 0x3A, bytes[16] == 0x3A,
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t") || bytes[10] == 0x20
        else { return nil }
        guard let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = bytes[19...]
        var fraction = 0.0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 }
            guard !digits.isEmpty, digits.count <= 18, let value = number(digits) else { return nil }
            var divisor = 1.0
            for _ in digits { divisor *= 10 }
            fraction = Double(value) / divisor
            rest = rest.dropFirst(digits.count + 1)
        }
        guard let offset = offset(rest) else { return nil }
        let whole = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return Double(whole) + fraction
    }

    /// The seconds of a date alone, `2026-11-21`; nil for all else.
    static func day(_ text: String) -> Double? { text.utf8.count == 10 ? seconds(text + "T00:00:00Z") : nil }

    /// The seconds of `Sat, 21 Nov 2026 00:10:00 GMT`, with or without a fraction; nil for all else.
    static func httpDate(_ text: String) -> Double? {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT" || words[5] == "UTC" || words[5] == "+0000",
            let month = months.firstIndex(of: String(words[2])), words[1].utf8.count <= 2, Int(words[1]) != nil
        else { return nil }
        func two(_ number: some CustomStringConvertible) -> String {
            let text = number.description
            return text.utf8.count == 1 ? "0" + text : text
        }
        return seconds("\(words[3])-\(two(month + 1))-\(two(words[1]))T\(words[4])Z")
    }

    /// A moment as AWS takes it in XML and forms: `2026-11-21T00:10:00Z`, with microseconds where there are some.
    static func zulu(_ seconds: Double) -> String { text(seconds).dropLast(6) + "Z" }

    /// A moment as HTTP writes it (RFC 9110, IMF-fixdate): `Sat, 21 Nov 2026 00:10:00 GMT`.
    static func imfFixdate(_ seconds: Double) -> String {
        let dated = max(range.lowerBound, min(seconds, range.upperBound))
        let text = Array(text(dated.rounded(.down)))
        let day = Int((dated / 86_400).rounded(.down))
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = (Int(String(text[5..<7])) ?? 1) - 1
        return "\(weekdays[(day % 7 + 7) % 7]), \(String(text[8..<10])) \(months[month]) \(String(text[0..<4])) "
            + "\(String(text[11..<19])) GMT"
    }

    /// A moment as Python's `isoformat` has it, to the microsecond: `2026-11-21T00:10:00+00:00`.
    ///
    /// Of a moment that has no date, the nearest that has one.
    static func text(_ seconds: Double) -> String {
        let dated = max(range.lowerBound, min(seconds, range.upperBound))
        let microseconds = Int64((dated * 1_000_000).rounded())
        let (second, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let whole = fraction < 0 ? second - 1 : second
        let day = Int(whole >= 0 ? whole / 86_400 : (whole - 86_399) / 86_400)
        let time = Int(whole) - day * 86_400
        let date = date(day)
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let part = fraction == 0 ? "" : "." + digits(Int(fraction < 0 ? fraction + 1_000_000 : fraction), 6)
        return digits(date.year, 4) + "-" + digits(date.month, 2) + "-" + digits(date.day, 2) + "T"
            + digits(time / 3_600, 2) + ":" + digits(time / 60 % 60, 2) + ":" + digits(time % 60, 2) + part + "+00:00"
    }

    /// The date of a day counted from 1970-01-01: the inverse of `days`.
    private static func date(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value
    }

    /// The seconds of `Z` or `+hh:mm`.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int? {
        guard let sign = zone.first else { return nil }
        if zone.count == 1 { return sign == UInt8(ascii: "Z") || sign == UInt8(ascii: "z") ? 0 : nil }
        let rest = Array(zone.dropFirst())
        guard rest.count == 5, rest[2] == 0x3A, let hours = number(rest[0..<2]), let minutes = number(rest[3..<5]),
            hours < 24, minutes < 60
        else { return nil }
        switch sign {
        case UInt8(ascii: "+"): return hours * 3_600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3_600 + minutes * 60)
        default: return nil
        }
    }

    /// The days since 1970-01-01; years are counted from March, so that the leap day is the last of its year.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
