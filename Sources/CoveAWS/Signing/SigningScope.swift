// SPDX-License-Identifier: Apache-2.0

/// What a signature is good for: a service in a region.
package struct SigningScope: Sendable, Hashable {
    /// The region's name in signatures, `us-east-1` for most global services.
    package var region: String
    /// The service's name in signatures, `sts`.
    package var service: String

    /// Makes a scope.
    package init(region: String, service: String) {
        self.region = region
        self.service = service
    }

    /// The scope on a day, `20150830/us-east-1/sts/aws4_request`.
    func text(_ time: SigningTime) -> String { "\(time.day)/\(region)/\(service)/aws4_request" }
}

/// A moment as signatures write it.
package struct SigningTime: Sendable, Hashable {
    /// `20150830T123600Z`.
    package let stamp: String
    /// `20150830`.
    package let day: String

    /// The moment that many seconds after 1970-01-01T00:00:00Z; before that it counts as zero.
    package init(secondsSinceEpoch: Int64) {
        let seconds = max(0, secondsSinceEpoch)
        let (year, month, date) = Self.civilDate(daysSinceEpoch: seconds / 86_400)
        let rest = seconds % 86_400
        var text: [UInt8] = []
        text.reserveCapacity(16)
        Self.append(year, digits: 4, to: &text)
        Self.append(month, digits: 2, to: &text)
        Self.append(date, digits: 2, to: &text)
        day = String(decoding: text, as: UTF8.self)
        text.append(UInt8(ascii: "T"))
        Self.append(rest / 3_600, digits: 2, to: &text)
        Self.append(rest / 60 % 60, digits: 2, to: &text)
        Self.append(rest % 60, digits: 2, to: &text)
        text.append(UInt8(ascii: "Z"))
        stamp = String(decoding: text, as: UTF8.self)
    }

    /// The date in the Gregorian calendar, counted from March so that the leap day is a year's last.
    private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let days = daysSinceEpoch + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func append(_ number: Int64, digits: Int, to text: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
