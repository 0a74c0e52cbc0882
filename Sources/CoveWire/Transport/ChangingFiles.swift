// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import Synchronization

/// A value that is made of files, made anew when one of them changed: settings that are renewed without a restart.
package final class ChangingFiles<Value: Sendable, Failure: Error>: Sendable {
    private struct State {
        var value: Value
        /// What the files were when they were last read, well or in vain.
        var stamps: [FileStamp?]
        var looked: ContinuousClock.Instant
    }

    /// How often the files are looked at, at most.
    private static var interval: Duration { .seconds(1) }

    private let paths: [String]
    private let make: @Sendable () throws(Failure) -> Value
    private let logger: Logger
    private let state: Mutex<State>

    /// Makes the value for the first time.
    ///
    /// - Throws: what `make` throws.
    package init(
        _ paths: [String], now: ContinuousClock.Instant, logger: Logger,
        make: @escaping @Sendable () throws(Failure) -> Value
    ) throws(Failure) {
        self.paths = paths
        self.make = make
        self.logger = logger
        // Looked at before they are read: a change in between is then seen the next time.
        let stamps = paths.map { FileStamp($0) }
        state = Mutex(State(value: try make(), stamps: stamps, looked: now))
    }

    /// The value, of files that were looked at a second ago at the latest.
    ///
    /// Files that changed and cannot be used leave the value as it was, with a warning in the log.
    package func current(now: ContinuousClock.Instant) -> Value {
        let (value, known): (Value, [FileStamp?]?) = state.withLock { state in
            guard now - state.looked >= Self.interval else { return (state.value, nil) }
            state.looked = now
            return (state.value, state.stamps)
        }
        guard let known else { return value }
        let stamps = paths.map { FileStamp($0) }
        guard stamps != known else { return value }
        do throws(Failure) {
            let renewed = try make()
            state.withLock { state in
                state.value = renewed
                state.stamps = stamps
            }
            logger.info("changed files are in use", metadata: [LogKeys.file: "\(paths.joined(separator: ", "))"])
            return renewed
        } catch {
            state.withLock { $0.stamps = stamps }
            logger.warning(
                "changed files cannot be used; what was in them before stays in use",
                metadata: [LogKeys.error: "\(error)"])
            return value
        }
    }
}
