// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

/// Moments as dates; the expected texts were computed with Python's datetime.
@Suite struct TimestampTests {
    static let moments: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (-86_400_000, "1969-12-31T00:00:00.000Z"),
        (-58_015_754_994, "1968-02-29T12:30:45.006Z"),
        (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"),
        (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        (-11_670_998_400_000, "1600-02-29T00:00:00.000Z"),
        (946_684_799_999, "1999-12-31T23:59:59.999Z"),
        (946_684_800_000, "2000-01-01T00:00:00.000Z"),
        (951_868_799_999, "2000-02-29T23:59:59.999Z"),
        (951_868_800_000, "2000-03-01T00:00:00.000Z"),
        (1_677_628_799_000, "2023-02-28T23:59:59.000Z"),
        (1_677_628_800_000, "2023-03-01T00:00:00.000Z"),
        (1_709_168_523_045, "2024-02-29T01:02:03.045Z"),
        (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
        (1_795_219_199_123, "2026-11-20T23:59:59.123Z"),
        (2_147_483_648_000, "2038-01-19T03:14:08.000Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (13_574_563_200_000, "2400-02-29T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ]

    @Test(arguments: moments) func `a moment as a date`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test func `the fields stand alone, too`() {
        let fields = Timestamp(milliseconds: 1_709_168_523_045).calendar
        #expect(
            [fields.year, fields.month, fields.day, fields.hour, fields.minute, fields.second, fields.millisecond]
                == [2024, 2, 29, 1, 2, 3, 45])
        #expect(fields.date == "2024-02-29")
        #expect(fields.time == "01:02:03")
        #expect(fields.compactDate == "20240229")
        #expect(fields.compactTime == "010203")
    }

    /// `acc = (acc * 31 + y * 10000 + m * 100 + d) % 1000000007` over `date.fromordinal`, 1600-01-01 to 2400-12-31.
    @Test func `every day of eight centuries is Python's`() {
        var sum = 0
        for day in -135_140..<157_420 {
            let fields = Timestamp(milliseconds: Int64(day) * 86_400_000).calendar
            sum = (sum * 31 + fields.year * 10_000 + fields.month * 100 + fields.day) % 1_000_000_007
        }
        #expect(sum == 269_969_330)
    }

    @Test func `the ends of the range are dates as well`() {
        #expect(Timestamp(milliseconds: .max).description.hasSuffix("Z"))
        #expect(Timestamp(milliseconds: .min).description.hasSuffix("Z"))
    }

    @Test func `moments sort, and move by durations to the millisecond`() {
        let moment = Timestamp(milliseconds: 1_000)
        #expect(moment + .milliseconds(1) > moment)
        #expect(moment + .seconds(-2) == Timestamp(milliseconds: -1_000))
        #expect(moment + .microseconds(1_999) == Timestamp(milliseconds: 1_001))
        #expect((moment + .nanoseconds(-1)) == moment)
        #expect(Duration.seconds(-1.5).milliseconds == -1_500)
        #expect(Duration.zero.milliseconds == 0)
    }

    @Test func `a moment is coded as its milliseconds`() throws {
        #expect(try CodedForm.text([Timestamp(milliseconds: -5)]) == "[-5]")
        #expect(
            try CodedForm.value([Timestamp].self, "[1795219199123]") == [Timestamp(milliseconds: 1_795_219_199_123)])
        #expect(CodedForm.problem([Timestamp].self, #"["2026-11-20"]"#) != nil)
    }
}
