// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// What a coordinator answers to a client's request.
package enum ClientReply: Sendable, Hashable, Codable {
    case runs([RunRecord])
    case run(RunRecord?)
    case tasks(TaskPage)
    case outcomes(OutcomePage)
    case skippedAccounts([NotTargeted])
    case snapshot(RunSnapshot?)
    case workers([WorkerRecord])
    case plan(RunPlan)
    /// How many bytes of an artefact are there, from its beginning; all of them when it is whole and verified.
    case artefact(Int)
    /// How many tasks became ready again.
    case retried(Int)
    /// What was asked for is done; also the answer to `submit`, after its commit.
    case done
    /// The request failed; the link goes on.
    case failure(RequestFailure)
}

/// A reply on its way.
package struct ReplyMessage: Sendable, Hashable, Codable {
    /// The request's number.
    package var id: Int64
    package var reply: ClientReply

    package init(id: Int64, reply: ClientReply) {
        self.id = id
        self.reply = reply
    }
}

/// Why a request failed.
package struct RequestFailure: Sendable, Hashable, Codable, Error, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Code: String, Sendable, Hashable, Codable {
        /// The request is wrong; nothing was done.
        case invalidRequest
        /// There is no such run.
        case notFound
        /// The client may not ask that.
        case forbidden
        /// The run is in a state in which that cannot be done.
        case conflict
        /// The coordinator cannot do it now: AWS, the store, the disk.
        case unavailable
    }

    package var code: Code
    /// What is wrong, a sentence each; never empty.
    package var problems: [String]

    package init(_ code: Code, _ problems: [String]) {
        self.code = code
        self.problems = problems
    }

    package var description: String { problems.joined(separator: "\n") }
}
