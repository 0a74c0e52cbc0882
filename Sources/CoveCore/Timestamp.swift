// SPDX-License-Identifier: Apache-2.0

/// A moment of the wall clock in milliseconds since 1970-01-01T00:00:00Z: the only form in which time is kept or sent.
public struct Timestamp: Sendable, Hashable, Comparable, Codable {
    /// Milliseconds since the epoch, UTC.
    public let milliseconds: Int64

    /// The moment so many milliseconds after the epoch.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// A second of a day of the proleptic Gregorian calendar, UTC.
    init(year: Int64, month: Int64, day: Int64, secondOfDay: Int64) {
        // Civil date to days: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        milliseconds = ((era * 146_097 + dayOfEra - 719_468) * 86_400 + secondOfDay) * 1_000
    }

    /// Orders moments, earlier first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment `duration` later, to the millisecond.
    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds + duration.milliseconds)
    }

    /// Reads the milliseconds.
    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the milliseconds.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    /// ISO 8601 in UTC with milliseconds: `2026-11-20T23:59:59.123Z`.
    public var description: String {
        let parts = calendar
        return "\(parts.date)T\(parts.time).\(padded(parts.millisecond, 3))Z"
    }

    /// The fields of the proleptic Gregorian calendar, UTC.
    package var calendar: CalendarFields { CalendarFields(self) }
}

/// Date and time of a moment, field by field.
package struct CalendarFields: Sendable {
    package let year, month, day, hour, minute, second, millisecond: Int

    init(_ moment: Timestamp) {
        let dayLength: Int64 = 86_400_000
        var days = moment.milliseconds / dayLength
        var rest = moment.milliseconds % dayLength
        if rest < 0 {
            rest += dayLength
            days -= 1
        }
        // Days to civil date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        hour = Int(rest / 3_600_000)
        minute = Int(rest / 60_000 % 60)
        second = Int(rest / 1_000 % 60)
        millisecond = Int(rest % 1_000)
    }

    /// As `2026-11-20`.
    package var date: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
    /// As `23:59:59`.
    package var time: String { "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))" }
    /// As `20261120`.
    package var compactDate: String { padded(year, 4) + padded(month, 2) + padded(day, 2) }
    /// As `235959`.
    package var compactTime: String { padded(hour, 2) + padded(minute, 2) + padded(second, 2) }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Duration {
    /// The duration in whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
