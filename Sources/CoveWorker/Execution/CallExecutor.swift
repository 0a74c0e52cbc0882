// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import Synchronization

/// Calls operations of AWS, each for one attempt, with a session's credentials.
///
/// The result is what the AWS CLI prints: all pages put together, the query applied, members named as in the model, moments
/// in ISO 8601, bytes as base64.
package final class CallExecutor: Sendable {
    /// How many runs' calls are kept prepared.
    private static let capacity = 64

    private let limits: ProgramLimits
    private let prepared = Mutex<[RunID: PreparedCall]>([:])

    /// An executor whose results are within `limits`.
    package init(limits: ProgramLimits = .init()) { self.limits = limits }

    /// Makes a call and gives its result; nil when the operation answers nothing, or the query finds nothing.
    ///
    /// - Throws: `AWSError`, `JMESPathError`, `InvalidRequest` when the call does not fit the models that are here, and
    ///   `Failure` with the type `OutputTooLarge`.
    func run(_ call: CallSpecification, in session: CoveSession) async throws -> JSONText? {
        let prepared = try prepare(call, of: session.run, session.models)
        let value = try await prepared.value(from: try session.client(prepared.service))
        if value.isNull || value.structure?.isEmpty == true { return nil }
        guard let json = value.json(atMost: limits.resultBytes) else {
            throw Failure(
                type: "OutputTooLarge",
                message:
                    "the result of \(call.service) \(call.operation) has more than \(limits.resultBytes) bytes, which is "
                    + "the largest result; ask for less with --query, --max-items or the input",
                isRetryable: false)
        }
        return JSONText(trusted: json)
    }

    /// The call of a run, prepared once for all its tasks.
    private func prepare(_ call: CallSpecification, of run: RunID, _ models: ModelStore) throws -> PreparedCall {
        if let known = prepared.withLock({ $0[run] }) { return known }
        let made = try PreparedCall(call, models: models)
        prepared.withLock { prepared in
            // The oldest run goes: ids begin with the time.
            if prepared.count >= Self.capacity, let oldest = prepared.keys.min() { prepared[oldest] = nil }
            prepared[run] = made
        }
        return made
    }
}
