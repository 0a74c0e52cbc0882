// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// How far this machine's clock is from a service's.
///
/// A service refuses signatures that are more than minutes old. Its answer tells its own time, and the next attempt is
/// signed with that.
final class ClockSkew: Sendable {
    /// How far apart the clocks must be, in seconds, to be the reason of a refusal.
    private static let threshold: Int64 = 240

    private let seconds = Atomic<Int64>(0)

    init() {}

    /// The service's time at a moment of this machine's clock.
    func corrected(_ now: Int64) -> Int64 { now &+ seconds.load(ordering: .relaxed) }

    /// Learns from a refusal that may come from a wrong clock; returns whether the correction has changed enough that
    /// another attempt is worth it.
    func learn(from error: AWSError, date: String?, now: Int64) -> Bool {
        guard error.phase == .service, ErrorClassifier.skewCodes.contains(error.code) else { return false }
        guard let date, let theirs = Self.seconds(ofHTTPDate: date) else { return false }
        guard abs(theirs - corrected(now)) > Self.threshold else { return false }
        seconds.store(theirs - now, ordering: .relaxed)
        return true
    }

    /// The seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
    static func seconds(ofHTTPDate text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]), let year = Int64(parts[3]) else {
            return nil
        }
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard let month = names.firstIndex(of: String(parts[2])), time.count == 3 else { return nil }
        guard (1...31).contains(day), (1970...9999).contains(year), (0...23).contains(time[0]),
            (0...59).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        // Years are counted from March, so that the leap day is the last of its year.
        let shifted = month < 2 ? year - 1 : year
        let monthFromMarch = Int64((month + 10) % 12)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        return days * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2]
    }
}
