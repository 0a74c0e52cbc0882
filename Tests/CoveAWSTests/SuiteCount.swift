// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How much of a public test suite was run, told to `Scripts/check-suites`, which compares it with `Tests/suites.txt`.
enum SuiteCount {
    /// Writes the suite's line.
    ///
    /// One write to the stream that the test runner uses, so that no other line is mixed in.
    static func tell(_ suite: String, run: Int, skipped: Int = 0) {
        FileHandle.standardError.write(Data("suite \(suite): \(run) run, \(skipped) skipped\n".utf8))
    }
}
