// SPDX-License-Identifier: Apache-2.0

import CoveCore

extension ReplyMessage {
    /// The value of `type`.
    static let type = "reply"

    private enum Key: String, CodingKey {
        case type, id, kind
    }

    /// Reads a reply; one whose number can be read and whose rest cannot is a failure of that request alone.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let type = try container.decode(String.self, forKey: .type)
        guard type == Self.type else {
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "expected \(Self.type)")
        }
        id = try container.decode(Int64.self, forKey: .id)
        do {
            reply = try ClientReply(from: decoder)
        } catch let error as DecodingError {
            reply = .failure(
                RequestFailure(.unavailable, ["the coordinator's reply is not understood: \(error.summary)"]))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.type, forKey: .type)
        try container.encode(id, forKey: .id)
        try reply.encode(to: encoder)
    }
}

extension ClientReply {
    /// The values of `kind`.
    enum Word: String, CaseIterable {
        case runs, run, tasks, outcomes, skippedAccounts, snapshot, workers, plan, artefact, retried, done, failure
    }

    private enum Key: String, CodingKey {
        case kind, runs, run, accounts, snapshot, workers, plan, count, stored
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let kind = try container.decode(String.self, forKey: .kind)
        switch Word(rawValue: kind) {
        case .runs: self = .runs(try container.decode([RunRecord].self, forKey: .runs))
        case .run: self = .run(try container.decodeIfPresent(RunRecord.self, forKey: .run))
        case .tasks: self = .tasks(try TaskPage(from: decoder))
        case .outcomes: self = .outcomes(try OutcomePage(from: decoder))
        case .skippedAccounts:
            self = .skippedAccounts(try container.decode([NotTargeted].self, forKey: .accounts))
        case .snapshot: self = .snapshot(try container.decodeIfPresent(RunSnapshot.self, forKey: .snapshot))
        case .workers: self = .workers(try container.decode([WorkerRecord].self, forKey: .workers))
        case .plan: self = .plan(try container.decode(RunPlan.self, forKey: .plan))
        case .artefact: self = .artefact(try container.decode(0...ArtefactLimits.archive, forKey: .stored))
        case .retried: self = .retried(try container.decode(0...Int.max, forKey: .count))
        case .done: self = .done
        case .failure: self = .failure(try RequestFailure(from: decoder))
        case nil:
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: container,
                debugDescription: "this version does not know \"\(PeerText(kind, limit: 64))\"")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        func kind(_ word: Word) throws { try container.encode(word.rawValue, forKey: .kind) }
        switch self {
        case .runs(let runs):
            try kind(.runs)
            try container.encode(runs, forKey: .runs)
        case .run(let run):
            try kind(.run)
            try container.encodeIfPresent(run, forKey: .run)
        case .tasks(let page):
            try kind(.tasks)
            try page.encode(to: encoder)
        case .outcomes(let page):
            try kind(.outcomes)
            try page.encode(to: encoder)
        case .skippedAccounts(let accounts):
            try kind(.skippedAccounts)
            try container.encode(accounts, forKey: .accounts)
        case .snapshot(let snapshot):
            try kind(.snapshot)
            try container.encodeIfPresent(snapshot, forKey: .snapshot)
        case .workers(let workers):
            try kind(.workers)
            try container.encode(workers, forKey: .workers)
        case .plan(let plan):
            try kind(.plan)
            try container.encode(plan, forKey: .plan)
        case .artefact(let stored):
            try kind(.artefact)
            try container.encode(stored, forKey: .stored)
        case .retried(let count):
            try kind(.retried)
            try container.encode(count, forKey: .count)
        case .done: try kind(.done)
        case .failure(let failure):
            try kind(.failure)
            try failure.encode(to: encoder)
        }
    }
}

extension RequestFailure {
    private enum Key: String, CodingKey {
        case code, problems
    }

    /// Reads a failure; a code that this version does not know is `unavailable`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        code = Code(rawValue: try container.decode(String.self, forKey: .code)) ?? .unavailable
        problems = try container.decode([String].self, forKey: .problems)
        if problems.isEmpty { problems = ["the coordinator gave no reason"] }
    }

    /// What is wrong with a call that is not known.
    static let unknownCall = "this version does not know it"

    /// How the answer to a request begins that cannot be read.
    static func notUnderstood(_ call: String) -> String {
        "request \"\(PeerText(call, limit: 64))\" is not understood"
    }

    /// Whether the coordinator did not know a call, being of an earlier version; other requests are wrong for a reason of their own.
    func isOfUnknown(_ call: ClientRequest.Word) -> Bool {
        code == .invalidRequest
            && problems.contains {
                $0.hasPrefix(Self.notUnderstood(call.rawValue)) && $0.hasSuffix(Self.unknownCall)
            }
    }
}
