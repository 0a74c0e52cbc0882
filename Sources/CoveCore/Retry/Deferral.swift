// SPDX-License-Identifier: Apache-2.0

/// How long a task waits whose role could not be asked for, and how often it may.
///
/// | deferral | waits |
/// |---|---|
/// | 1 | 0.5 to 1 s |
/// | 2 | 1 to 2 s |
/// | 3 | 2 to 4 s |
/// | … | … |
/// | 7 and later | 30 to 60 s |
public enum Deferral {
    /// How often a task waits because AWS throttles: for an hour and more, because a throttle says nothing of the account.
    public static let throttleLimit = 100
    /// How often a task waits because AWS cannot be reached: for some four minutes.
    public static let unreachableLimit = 8
    /// No task waits longer; one that seems to was deferred by a clock that has been set back since.
    public static let longest = Duration.seconds(60)

    /// How long a task waits after its deferral of that number, counted from 1.
    ///
    /// Tasks that were deferred together come back spread over half of the time, by their ids, so that they are not refused
    /// together again.
    public static func delay(number: Int, of task: TaskID) -> Duration {
        let whole = min(longest.milliseconds, 1_000 << Int64(min(6, max(1, number) - 1)))
        // The mixing steps of SplitMix64 (Steele, Lea, Flood 2014): neighbouring ids land far apart.
        var mixed = UInt64(bitPattern: task.rawValue) &+ UInt64(max(1, number)) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return .milliseconds(whole / 2 + Int64(mixed % UInt64(whole / 2 + 1)))
    }
}
