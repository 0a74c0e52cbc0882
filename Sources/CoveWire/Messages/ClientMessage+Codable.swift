// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// A request that is none for this version: it is answered, and the link goes on.
struct UnreadableRequest: Error, Sendable, Hashable {
    let reply: ReplyMessage
}

extension ClientMessage {
    /// The value of `type`.
    static let type = "request"

    private enum Key: String, CodingKey {
        case type, id, call
    }

    /// Reads a request.
    ///
    /// - Throws: `UnreadableRequest` where the number could be read and the rest could not.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let type = try container.decode(String.self, forKey: .type)
        guard type == Self.type else {
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "expected \(Self.type)")
        }
        id = try container.decode(Int64.self, forKey: .id)
        do {
            request = try ClientRequest(from: decoder)
        } catch let error as DecodingError {
            let call = (try? container.decode(String.self, forKey: .call)) ?? ""
            let problem = "\(RequestFailure.notUnderstood(call)): \(error.summary)"
            throw UnreadableRequest(
                reply: ReplyMessage(id: id, reply: .failure(RequestFailure(.invalidRequest, [problem]))))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.type, forKey: .type)
        try container.encode(id, forKey: .id)
        try request.encode(to: encoder)
    }
}

extension ClientRequest {
    /// The values of `call`.
    enum Word: String, CaseIterable {
        case runs, run, tasks, outcomes, skippedAccounts, snapshot, workers, submit, plan, resume, retry, cancel, forget
        case artefact, artefactPart
        /// A submission whose settings must not be lost: who does not know it refuses it.
        case submitWithSettings
    }

    private enum Key: String, CodingKey {
        case call, run, states, after, limit, specification, artefact, offset, data
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func run() throws -> RunID { try container.decode(RunID.self, forKey: .run) }
        func specification() throws -> RunSpecification {
            try container.decode(RunSpecification.self, forKey: .specification)
        }
        func artefact() throws -> ArtefactReference {
            try container.decode(ArtefactReference.self, forKey: .artefact)
        }
        // More than a page has is asked for in vain, but is no error.
        func limit() throws -> Int { min(try container.decode(1...Int.max, forKey: .limit), ClientLimits.page) }
        let call = try container.decode(String.self, forKey: .call)
        switch Word(rawValue: call) {
        case .runs: self = .runs
        case .run: self = .run(try run())
        case .tasks:
            self = .tasks(
                try run(), states: try container.decode([TaskState].self, forKey: .states),
                after: try container.decodeIfPresent(TaskCursor.self, forKey: .after) ?? .start, limit: try limit())
        case .outcomes:
            self = .outcomes(
                try run(), after: try container.decodeIfPresent(Int64.self, forKey: .after) ?? 0, limit: try limit())
        case .skippedAccounts: self = .skippedAccounts(try run())
        case .snapshot:
            self = .snapshot(try run(), after: try container.decodeIfPresent(Int64.self, forKey: .after))
        case .workers: self = .workers
        case .submit, .submitWithSettings: self = .submit(try run(), try specification())
        case .plan: self = .plan(try specification())
        case .resume: self = .resume(try run())
        case .retry: self = .retry(try run())
        case .cancel: self = .cancel(try run())
        case .forget: self = .forget(try run())
        case .artefact: self = .artefact(try artefact())
        case .artefactPart:
            self = .artefactPart(
                try artefact(), offset: try container.decode(0...ArtefactLimits.archive, forKey: .offset),
                bytes: try container.decode(PartBytes.self, forKey: .data).bytes)
        case nil:
            throw DecodingError.dataCorruptedError(
                forKey: .call, in: container, debugDescription: RequestFailure.unknownCall)
        }
    }

    /// The value of `call`.
    private var word: Word {
        switch self {
        case .runs: .runs
        case .run: .run
        case .tasks: .tasks
        case .outcomes: .outcomes
        case .skippedAccounts: .skippedAccounts
        case .snapshot: .snapshot
        case .workers: .workers
        case .submit(_, let specification):
            specification.function.program?.needsSettings == true ? .submitWithSettings : .submit
        case .plan: .plan
        case .resume: .resume
        case .retry: .retry
        case .cancel: .cancel
        case .forget: .forget
        case .artefact: .artefact
        case .artefactPart: .artefactPart
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(word.rawValue, forKey: .call)
        switch self {
        case .runs, .workers: break
        case .run(let run), .skippedAccounts(let run), .resume(let run), .retry(let run), .cancel(let run),
            .forget(let run):
            try container.encode(run, forKey: .run)
        case .tasks(let run, let states, let after, let limit):
            try container.encode(run, forKey: .run)
            try container.encode(states, forKey: .states)
            try container.encode(after, forKey: .after)
            try container.encode(limit, forKey: .limit)
        case .outcomes(let run, let after, let limit):
            try container.encode(run, forKey: .run)
            try container.encode(after, forKey: .after)
            try container.encode(limit, forKey: .limit)
        case .snapshot(let run, let after):
            try container.encode(run, forKey: .run)
            try container.encodeIfPresent(after, forKey: .after)
        case .submit(let run, let specification):
            try container.encode(run, forKey: .run)
            try container.encode(specification, forKey: .specification)
        case .plan(let specification): try container.encode(specification, forKey: .specification)
        case .artefact(let artefact): try container.encode(artefact, forKey: .artefact)
        case .artefactPart(let artefact, let offset, let bytes):
            try container.encode(artefact, forKey: .artefact)
            try container.encode(offset, forKey: .offset)
            try container.encode(PartBytes(bytes), forKey: .data)
        }
    }
}
