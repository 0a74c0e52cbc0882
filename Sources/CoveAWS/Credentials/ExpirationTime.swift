// SPDX-License-Identifier: Apache-2.0

import struct FoundationEssentials.Date

/// The time at which credentials end, as programs and services write it: RFC 3339 with seconds, with or without a
/// fraction, and with a zone (`Z` or an offset).
enum ExpirationTime {
    /// The time that a text says; nil when it is not of that form.
    ///
    /// A time without a zone is refused: it would be a guess.
    static func date(_ text: String) -> Date? {
        var bytes = Array(text.utf8)[...]
        guard let year = digits(4, &bytes), take("-", &bytes), let month = digits(2, &bytes), take("-", &bytes),
            let day = digits(2, &bytes), take("T", &bytes) || take("t", &bytes) || take(" ", &bytes),
            let hour = digits(2, &bytes), take(":", &bytes), let minute = digits(2, &bytes), take(":", &bytes),
            let second = digits(2, &bytes)
        else { return nil }
        guard year > 0, (1...12).contains(month), (1...days(in: month, of: year)).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        let fraction = fraction(&bytes)
        guard let offset = offset(&bytes), bytes.isEmpty else { return nil }
        let total = daysSince1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
        return Date(timeIntervalSince1970: Double(total) + fraction)
    }

    private static func take(_ character: Unicode.Scalar, _ bytes: inout ArraySlice<UInt8>) -> Bool {
        guard bytes.first == UInt8(ascii: character) else { return false }
        bytes.removeFirst()
        return true
    }

    private static func digits(_ count: Int, _ bytes: inout ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= count else { return nil }
        var number = 0
        for byte in bytes.prefix(count) {
            guard (0x30...0x39).contains(byte) else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        bytes.removeFirst(count)
        return number
    }

    private static func fraction(_ bytes: inout ArraySlice<UInt8>) -> Double {
        guard bytes.first == UInt8(ascii: "."), bytes.dropFirst().first.map({ (0x30...0x39).contains($0) }) ?? false
        else { return 0 }
        bytes.removeFirst()
        var value = 0.0
        var unit = 0.1
        while let byte = bytes.first, (0x30...0x39).contains(byte) {
            value += Double(byte - 0x30) * unit
            unit /= 10
            bytes.removeFirst()
        }
        return value
    }

    /// The zone in seconds east of UTC.
    private static func offset(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        if take("Z", &bytes) || take("z", &bytes) { return 0 }
        let sign = take("+", &bytes) ? 1 : take("-", &bytes) ? -1 : 0
        guard sign != 0, let hours = digits(2, &bytes), hours < 24 else { return nil }
        guard !bytes.isEmpty else { return sign * hours * 3600 }
        _ = take(":", &bytes)
        guard let minutes = digits(2, &bytes), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Days of the proleptic Gregorian calendar since 1970-01-01; the year begins in March, so that leap days come last.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
