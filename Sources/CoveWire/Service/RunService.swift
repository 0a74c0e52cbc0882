// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// What a coordinator does for its clients: the same in one process and over a link.
package protocol RunService: RunReader {
    /// Records a new run and begins it; a second submission of the same id and specification changes nothing.
    ///
    /// - Throws: `RequestFailure`
    func submit(_ run: RunID, _ specification: RunSpecification) async throws
    /// How many bytes of an artefact are there, from its beginning: all of them when it is whole and verified.
    ///
    /// What is not there yet may be added from now on.
    ///
    /// - Throws: `RequestFailure`
    func stored(of artefact: ArtefactReference) async throws -> Int
    /// Adds a part of an artefact, `ArtefactLimits.part` bytes at most; one that is not the next changes nothing.
    ///
    /// - Returns: how many bytes are there then.
    /// - Throws: `RequestFailure`, among others when the last part came and the whole is not what it says, or is no archive.
    func add(_ part: [UInt8], at offset: Int, to artefact: ArtefactReference) async throws -> Int
    /// Who would be run, who not and why; nothing is recorded.
    func plan(_ specification: RunSpecification) async throws -> RunPlan
    /// Goes on with a run that was stopped; one that is under way or complete is left as it is.
    func resume(_ run: RunID) async throws
    /// Makes tasks that did not succeed ready again, and goes on; returns how many.
    func retry(_ run: RunID) async throws -> Int
    /// Stops a run for `cove cancel`: nothing more is granted, what runs is ended.
    func cancel(_ run: RunID) async throws
    /// Removes a run that is over, with its results.
    func forget(_ run: RunID) async throws
    /// The workers that are connected, or whose leases have not expired yet.
    func workers() async throws -> [WorkerRecord]
    /// Where a run stands, once its revision is another than `revision`, or after `ClientLimits.longestWait`; nil when there is no such run.
    func snapshot(of run: RunID, after revision: Int64?) async throws -> RunSnapshot?
}

/// What clients may ask for.
package enum ClientLimits {
    /// How long a request for a snapshot waits for news at most.
    package static let longestWait = Duration.seconds(10)
    /// How many tasks or outcomes a page has at most.
    package static let page = 1_024
    /// How long a reply may take until the client has read it: room for 16 MiB at a megabit a second.
    package static let longestSend = Duration.seconds(150)
    /// How many requests of one link are worked on at the same time; more wait unread.
    package static let requests = 16
}
