// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Standard error, shared by log lines, messages and the one progress line at the bottom.
final class Console: Sendable {
    private struct State {
        var progress = ""
    }

    /// Whether a progress line is shown.
    let isTerminal: Bool
    /// Whether only what went wrong is said.
    let isQuiet: Bool
    private let output: FileDescriptor
    private let state = Mutex(State())

    /// A console; a quiet one says only what went wrong.
    init(isTerminal: Bool, isQuiet: Bool, output: FileDescriptor = .standardError) {
        self.isTerminal = isTerminal
        self.isQuiet = isQuiet
        self.output = output
    }

    /// Says something for people at a terminal; scripts and quiet users are spared.
    func note(_ line: String) {
        if isTerminal, !isQuiet { say(line) }
    }

    /// Says how a service gets on, for its terminal or its log; quiet users are spared.
    func announce(_ line: String) {
        if !isQuiet { say(line) }
    }

    /// Says something that somebody has to know, without what could move the cursor or ring: it may quote names and errors
    /// from elsewhere.
    func say(_ text: String) {
        let line = TextTable.visible(Self.signed(text))
        state.withLock { state in
            let clear = state.progress.isEmpty ? "" : "\r\u{1B}[K"
            _ = output.write((clear + line + "\n" + state.progress).utf8)
        }
    }

    /// A message begins with the name of the program that says it, which need not be cove.
    private static func signed(_ text: String) -> String {
        let name = Program.current.name
        return name != "cove" && text.hasPrefix("cove: ") ? name + text.dropFirst("cove".count) : text
    }

    /// Shows a progress line in place of the one before; the empty line takes it away.
    func show(progress line: String) {
        guard isTerminal, !isQuiet else { return }
        state.withLock { state in
            guard line != state.progress else { return }
            _ = output.write(("\r" + line + "\u{1B}[K").utf8)
            state.progress = line
        }
    }
}
