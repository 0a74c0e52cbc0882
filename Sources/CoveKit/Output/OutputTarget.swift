// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore

/// In which form results are written, and where to.
struct OutputTarget: Sendable {
    /// The form.
    var format: OutputFormat
    /// A file; nil for standard output.
    var path: String?
    /// The width of a table in columns; nil where lines may be as long as they like.
    var tableWidth: Int?

    /// Opens the place that results go to.
    ///
    /// A file is written beside its name and takes it when it is whole, so that a reader never finds half a result; `ndjson` is written in
    /// place, because a stream is there to be followed, and so is what is no plain file: a pipe, `/dev/null`.
    func open() throws -> (sink: OutputSink, commit: () throws -> Void) {
        guard let path, format != .none else {
            let sink = OutputSink(.standardOutput, name: "standard output")
            return (sink, { sink.flush() })
        }
        let temporary = format == .ndjson || FileDescriptor.isSpecial(path) ? path : path + ".partial"
        guard let descriptor = FileDescriptor(writing: temporary) else {
            throw CommandFailure(
                .invalidRequest, ["output file \(path) cannot be written: \(FileDescriptor.lastError)"])
        }
        let sink = OutputSink(descriptor, name: "output file \(path)")
        return (
            sink,
            {
                sink.flush()
                if sink.problem == nil, temporary != path, !FileDescriptor.rename(temporary, to: path) {
                    throw CommandFailure(
                        .unavailable, ["output file \(path) cannot be written: \(FileDescriptor.lastError)"])
                }
            }
        )
    }

    /// Writes all results of a run.
    ///
    /// - Parameter command: what writes them again, should they not get through.
    func write(_ run: RunID, of store: any TaskStore, keptFor command: String) async throws {
        let (sink, commit) = try open()
        try await ResultWriter(store: store, run: run, sink: sink, format: format, tableWidth: tableWidth).writeAll()
        try commit()
        try Self.check(sink, keptFor: command)
    }

    /// Throws when not all could be written: the disk is full, or the reader went away.
    static func check(_ sink: OutputSink, keptFor command: String) throws {
        guard let problem = sink.problem else { return }
        throw CommandFailure(.unavailable, [problem, "the results are kept: \(command)"])
    }
}
