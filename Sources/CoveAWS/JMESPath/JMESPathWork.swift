// SPDX-License-Identifier: Apache-2.0

/// What a search may still cost.
///
/// An expression of a few hundred characters can double a value with every step, and whoever wrote it is not always who runs
/// it. Every step, every element that is made and every byte of a text that is made is counted.
final class JMESPathWork {
    /// How much a search may cost: some seconds, and less than a gigabyte.
    static let most = 20_000_000

    private let most: Int
    private(set) var rest: Int

    init(_ most: Int = JMESPathWork.most) {
        self.most = most
        rest = most
    }

    /// Counts.
    ///
    /// - Throws: `JMESPathError` when there is nothing left.
    func spend(_ amount: Int) throws(JMESPathError) {
        rest -= amount
        guard rest >= 0 else {
            throw JMESPathError(
                .invalidValue, "the search makes too much of its value: it takes more than \(most) steps")
        }
    }
}
