// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// In which form results are written, and where to.
struct OutputTarget: Sendable {
    /// The form.
    var format: OutputFormat
    /// A file; nil for standard output.
    var path: String?
    /// The width of a table in columns; nil where lines may be as long as they like.
    var tableWidth: Int?

    /// Opens the place that results go to.
    func open() throws -> OpenOutput {
        guard let path, format != .none else { return OpenOutput() }
        return try OpenOutput(path: path, isStream: format == .ndjson)
    }

    /// Writes all results of a run.
    ///
    /// - Parameter command: what writes them again, should they not get through.
    func write(_ run: RunID, of reader: any RunReader, keptFor command: String) async throws {
        let output = try open()
        do {
            try await ResultWriter(
                reader: reader, run: run, sink: output.sink, format: format, tableWidth: tableWidth
            ).writeAll()
        } catch {
            output.abandon()
            throw error
        }
        try await output.commit(keptFor: command)
    }
}

/// A place that results are being written to.
///
/// A file is written beside its name and takes it when it is whole, so that a reader never finds half a result. A stream is
/// written in place, because it is there to be followed, and so is what is no plain file: a pipe, `/dev/null`.
struct OpenOutput {
    /// Takes the bytes.
    let sink: OutputSink
    private let path: String?
    private let temporary: String?

    /// Standard output.
    init() {
        sink = OutputSink(.standardOutput, name: "standard output")
        path = nil
        temporary = nil
    }

    /// A file.
    init(path: String, isStream: Bool) throws {
        // Where the name is a link, what it leads to is replaced.
        let place = FileDescriptor.resolved(path)
        let isInPlace = isStream || FileDescriptor.isSpecial(path)
        let temporary = isInPlace ? nil : "\(place).\(getpid()).partial"
        let opened = FileDescriptor(
            writing: temporary ?? path, mode: FileDescriptor.mode(of: path), isNew: temporary != nil)
        guard let descriptor = opened else {
            throw CommandFailure(
                .unavailable, ["output file \(path) cannot be written: \(FileDescriptor.lastError)"])
        }
        sink = OutputSink(descriptor, name: "output file \(path)")
        self.path = place
        self.temporary = temporary
    }

    /// Writes what was gathered and gives the file its name.
    ///
    /// - Parameter command: what writes the results again.
    /// - Throws: `CommandFailure` when not all could be written: the disk is full, or the reader went away.
    func commit(keptFor command: String? = nil) async throws {
        await sink.flush()
        var problem = sink.problem
        if problem == nil, let path, let temporary, !FileDescriptor.rename(temporary, to: path) {
            problem = "output file \(path) cannot be written: \(FileDescriptor.lastError)"
        }
        guard let problem else { return }
        abandon()
        throw CommandFailure(.unavailable, [problem] + (command.map { ["the results are kept: \($0)"] } ?? []))
    }

    /// Takes away what was written, where it has not got its name.
    func abandon() {
        if let temporary { FileDescriptor.remove(temporary) }
    }
}
