// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// What a client asks of a coordinator; each request has one reply.
package enum ClientRequest: Sendable, Hashable, Codable {
    /// All runs, oldest first. Right: read.
    case runs
    /// A run; the reply is `run(nil)` when there is none. Right: read.
    case run(RunID)
    /// A page of a run's tasks in plan order. Right: read.
    case tasks(RunID, states: [TaskState], after: TaskCursor, limit: Int)
    /// A page of a run's outcomes in the order of settling. Right: read.
    case outcomes(RunID, after: Int64, limit: Int)
    /// The accounts that a run leaves out and lists. Right: read.
    case skippedAccounts(RunID)
    /// Where a run stands, once that is another revision than `after`, or after some seconds. Right: read.
    case snapshot(RunID, after: Int64?)
    /// The workers. Right: read.
    case workers
    /// A new run under an id that the client made; a repeat of a request whose reply was lost changes nothing. Right: submit.
    case submit(RunID, RunSpecification)
    /// How much of an artefact is there, which is to be uploaded otherwise. Right: submit.
    case artefact(ArtefactReference)
    /// A part of an artefact; one that is not the next changes nothing. Right: submit.
    case artefactPart(ArtefactReference, offset: Int, bytes: [UInt8])
    /// Who would be run. Right: submit.
    case plan(RunSpecification)
    /// Goes on with a run that was stopped. Right: submit.
    case resume(RunID)
    /// Makes tasks that did not succeed ready again, and goes on. Right: submit.
    case retry(RunID)
    /// Stops a run: nothing more is granted, what runs is ended. Right: submit.
    case cancel(RunID)
    /// Removes a run that is over, with its results. Right: submit.
    case forget(RunID)
}

/// A request on its way: its number comes back with the reply.
package struct ClientMessage: Sendable, Hashable, Codable {
    /// Counted up by the client, from 1.
    package var id: Int64
    package var request: ClientRequest

    package init(id: Int64, request: ClientRequest) {
        self.id = id
        self.request = request
    }
}
