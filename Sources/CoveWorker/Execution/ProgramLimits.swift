// SPDX-License-Identifier: Apache-2.0

/// What a program may cost the worker that runs it.
package struct ProgramLimits: Sendable, Equatable {
    /// The largest stdout that is taken, in bytes: 16 MiB, the largest result; a program that writes more is ended.
    package var resultBytes: Int
    /// How much of the end of stderr goes into a failure, in bytes: 4 KiB, the last lines of a stack trace.
    package var stderrBytes: Int
    /// How long processes that were asked to end (SIGTERM) may take before they are killed (SIGKILL): 5 s.
    package var killGrace: Duration

    /// Limits; each has its default.
    package init(resultBytes: Int = 16 << 20, stderrBytes: Int = 4 << 10, killGrace: Duration = .seconds(5)) {
        self.resultBytes = resultBytes
        self.stderrBytes = stderrBytes
        self.killGrace = killGrace
    }
}
