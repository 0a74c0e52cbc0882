// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging

/// A wish to go on with a run: every setting read and checked, nothing done yet.
struct ContinuationRequest {
    /// The run's id, or the beginning of it.
    let name: String
    let continuation: Continuation
    let environment: ProcessEnvironment
    let slots: Int?
    let output: OutputTarget
    let isDetached: Bool
    let console: Console
    let logger: Logger

    /// Says why there is nothing to do, and writes the results that are there.
    func tell(
        _ reason: String, _ record: RunRecord, _ reader: any RunReader, _ place: any RunPlace
    ) async throws {
        console.note("cove: \(reason)")
        try await output.write(record.id, of: reader, keptFor: place.command("results", record.id))
        guard record.counts.unsuccessful > 0 else { return }
        let lines = [
            "\(reason); \(record.counts.unsuccessful) tasks did not succeed",
            "try again with: \(place.command("retry", record.id))",
        ]
        throw CommandFailure(.failure, console.isQuiet ? [] : lines)
    }

    /// Says which run is gone on with.
    func announce(_ record: RunRecord) {
        let function = record.specification.function
        // Whoever has changed a file since may expect the run to have the new one.
        let time = function.artefact == nil ? "" : " as it was when the run was made"
        console.note("cove: run \(record.id) · \(function.summary)\(time)")
    }
}

extension RequestFailure {
    /// What is said of a run that was there before.
    static func forgotten(_ run: RunID) -> RequestFailure {
        RequestFailure(.notFound, ["there is no run \(run) any more: it was forgotten"])
    }
}
