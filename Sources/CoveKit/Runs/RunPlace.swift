// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// Where runs are: the folder of this user's local runs, or a coordinator.
protocol RunPlace: Sendable {
    /// Whether the runs are a coordinator's: others perform them, with programs and credentials of their own.
    var isRemote: Bool { get }

    /// What a user types to do something with a run that is here.
    func command(_ verb: String, _ run: RunID) -> String

    /// All runs.
    func summaries() async throws -> [RunSummary]

    /// Finds the run that a user names, by its id or the beginning of it, and calls `body` with what answers for it.
    ///
    /// - Throws: `InvalidRequest` when there is no such run, or more than one; what `body` throws.
    func withRun<Result: Sendable>(
        named name: String, _ body: (RunID, any RunService) async throws -> Result
    ) async throws -> Result

    /// Makes a run and follows it to its end.
    ///
    /// - Throws: `CommandFailure`, or an error that becomes one. A run that came to nothing before its first task leaves nothing behind.
    func perform(_ request: RunRequest) async throws

    /// Goes on with a run and follows it to its end.
    ///
    /// - Throws: `CommandFailure`, or an error that becomes one.
    func perform(_ request: ContinuationRequest) async throws

    /// Removes a run, with its results.
    ///
    /// - Parameter isForced: whether also one that is not over.
    /// - Throws: `InvalidRequest`, `RequestFailure`
    func forget(_ name: String, isForced: Bool) async throws -> RunID
}

/// The name that a user gives to a run: its id, or the beginning of it.
struct RunName: Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    /// The run that is meant.
    ///
    /// - Parameters:
    ///   - known: the runs that are there.
    ///   - place: where they are, as an error says it: `in /folder`.
    ///   - listing: the command that lists them.
    /// - Throws: `InvalidRequest` when there is none, or more than one.
    func find(among known: [RunID], _ place: String, listing: String) throws -> RunID {
        if let id = RunID(text), known.contains(id) { return id }
        let matches = text.isEmpty ? [] : known.filter { $0.rawValue.hasPrefix(text) }
        switch matches.count {
        case 1: return matches[0]
        case 0:
            throw InvalidRequest("there is no run \"\(text)\" \(place): `\(listing)` lists those that are there")
        default:
            let names = matches.prefix(5).map(\.rawValue).joined(separator: ", ")
            throw InvalidRequest(
                "\"\(text)\" is the beginning of \(matches.count) runs (\(names)): give more of the id")
        }
    }
}
