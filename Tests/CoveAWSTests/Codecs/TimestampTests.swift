// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0.0), ("2015-08-30T12:36:00Z", 1_440_938_160),
        ("2024-02-29T23:59:59.250Z", 1_709_251_199.25),
        ("2026-11-21T02:10:00+02:00", 1_795_219_800), ("1969-12-31T23:59:59Z", -1),
        ("2000-03-01T00:00:00-00:30", 951_870_600),
    ])
    func `a time is read with fraction and offset`(_ text: String, _ seconds: Double) {
        #expect(Timestamp.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21T00:10:00", "2026-13-21T00:10:00Z", "2026-11-21T24:10:00Z",
        "2026-11-21T00:10:00.Z",
        "2026-11-21T00:10:00+2:00", "2026-11-21T00:10:00Zx", "20261121T001000Z....", "١٢٣٤-11-21T00:10:00Z",
    ])
    func `anything else is no time`(_ text: String) { #expect(Timestamp.seconds(text) == nil) }

    @Test func `the date of a signature agrees with the calendar on every day from 1970 to 2100`() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? calendar.timeZone
        for day in stride(from: Int64(0), to: 47_482, by: 1) {
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day * 86_400)))
            let number = (parts.year ?? 0) * 10_000 + (parts.month ?? 0) * 100 + (parts.day ?? 0)
            #expect(SigningTime(secondsSinceEpoch: day * 86_400 + 86_399).day == "\(number)")
        }
        #expect(SigningTime(secondsSinceEpoch: 1_440_938_160).stamp == "20150830T123600Z")
    }

    @Test func `the date of an answer is read`() {
        #expect(ClockSkew.seconds(ofHTTPDate: "Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(ClockSkew.seconds(ofHTTPDate: "Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800)
        for text in [
            "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 99 Nov 1994 08:49:37 GMT",
        ] {
            #expect(ClockSkew.seconds(ofHTTPDate: text) == nil)
        }
    }
}
