// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import FoundationEssentials

/// The messages of a worker of which there are many, written and read without Codable: a sixth of the time.
extension WorkerMessage {
    package func write(to writer: inout JSONWriter, _ encoder: JSONEncoder) throws -> Bool {
        switch self {
        case .report(let reports):
            writer.beginObject()
            writer.key("type")
            writer.string(Word.report.rawValue)
            writer.key("reports")
            writer.beginArray()
            for report in reports { try report.write(to: &writer, encoder) }
            writer.endArray()
            writer.endObject()
        case .leaseRequest(let request):
            writer.beginObject()
            writer.key("type")
            writer.string(Word.leaseRequest.rawValue)
            writer.key("want")
            writer.number(Int64(request.want))
            writer.endObject()
        case .hello, .heartbeat, .release, .fetch, .goodbye: return false
        }
        return true
    }

    package static func read(_ json: [UInt8], _ decoder: JSONDecoder) -> WorkerMessage? {
        do {
            var cursor = JSONCursor(json)
            let message = try read(&cursor, decoder)
            try cursor.end()
            return message
        } catch {
            return nil
        }
    }

    private static func read(
        _ cursor: inout JSONCursor, _ decoder: JSONDecoder
    ) throws(JSONCursor.Mismatch) -> WorkerMessage {
        var type: Word?
        var reports: [AttemptReport]?
        var want: Int64?
        try cursor.object { key, cursor throws(JSONCursor.Mismatch) in
            if cursor.text(at: key, is: "type") {
                let place = try cursor.plainString()
                if cursor.text(at: place, is: "report") {
                    try type.fill(.report)
                } else if cursor.text(at: place, is: "leaseRequest") {
                    try type.fill(.leaseRequest)
                } else {
                    throw JSONCursor.Mismatch()
                }
            } else if cursor.text(at: key, is: "reports"), type == .report {
                var list: [AttemptReport] = []
                try cursor.array { cursor throws(JSONCursor.Mismatch) in
                    list.append(try AttemptReport(&cursor, decoder))
                }
                try reports.fill(list)
            } else if cursor.text(at: key, is: "want"), type == .leaseRequest {
                try want.fill(try cursor.integer())
            } else {
                throw JSONCursor.Mismatch()
            }
        }
        if type == .report { return .report(try reports.filled()) }
        guard let want = Int(exactly: try want.filled()), (1...Hello.mostSlots).contains(want) else {
            throw JSONCursor.Mismatch()
        }
        return .leaseRequest(LeaseRequest(want: want))
    }
}

extension AttemptReport {
    fileprivate func write(to writer: inout JSONWriter, _ encoder: JSONEncoder) throws {
        writer.beginObject()
        writer.key("token")
        writer.string(token.description)
        writer.key("outcome")
        writer.beginObject()
        writer.key("state")
        writer.string(outcome.state.name)
        switch outcome {
        case .succeeded(let result?):
            writer.key("result")
            writer.string(result.text)
        case .succeeded(nil): break
        case .failed(let failure), .roleNotAssumed(let failure):
            writer.key("failure")
            writer.value(JSONText(trusted: Array(try encoder.encode(failure))))
        }
        writer.endObject()
        writer.key("startedAt")
        writer.number(startedAt.milliseconds)
        writer.key("durationMilliseconds")
        writer.number(durationMilliseconds)
        writer.endObject()
    }

    fileprivate init(_ cursor: inout JSONCursor, _ decoder: JSONDecoder) throws(JSONCursor.Mismatch) {
        var token: LeaseToken?
        var outcome: Outcome?
        var startedAt: Int64?
        var duration: Int64?
        try cursor.object { key, cursor throws(JSONCursor.Mismatch) in
            if cursor.text(at: key, is: "token") {
                try token.fill(try cursor.token())
            } else if cursor.text(at: key, is: "outcome") {
                try outcome.fill(try Outcome(&cursor, decoder))
            } else if cursor.text(at: key, is: "startedAt") {
                try startedAt.fill(try cursor.integer())
            } else if cursor.text(at: key, is: "durationMilliseconds") {
                try duration.fill(try cursor.integer())
            } else {
                throw JSONCursor.Mismatch()
            }
        }
        self.init(
            token: try token.filled(), outcome: try outcome.filled(),
            startedAt: Timestamp(milliseconds: try startedAt.filled()), durationMilliseconds: try duration.filled())
        guard Self.times.contains(self.startedAt.milliseconds), Self.times.contains(durationMilliseconds) else {
            throw JSONCursor.Mismatch()
        }
    }
}

extension Outcome {
    fileprivate init(_ cursor: inout JSONCursor, _ decoder: JSONDecoder) throws(JSONCursor.Mismatch) {
        var state: TaskState?
        var result: JSONText?
        var failure: Failure?
        try cursor.object { key, cursor throws(JSONCursor.Mismatch) in
            if cursor.text(at: key, is: "state") {
                let place = try cursor.plainString()
                if cursor.text(at: place, is: "succeeded") {
                    try state.fill(.succeeded)
                } else if cursor.text(at: place, is: "failed") {
                    try state.fill(.failed)
                } else if cursor.text(at: place, is: "roleNotAssumed") {
                    try state.fill(.roleNotAssumed)
                } else {
                    throw JSONCursor.Mismatch()
                }
            } else if cursor.text(at: key, is: "result") {
                guard case .success(let value) = JSONText.checked(try cursor.stringBytes()) else {
                    throw JSONCursor.Mismatch()
                }
                try result.fill(value)
            } else if cursor.text(at: key, is: "failure") {
                try failure.fill(try cursor.decoded(Failure.self, decoder))
            } else {
                throw JSONCursor.Mismatch()
            }
        }
        switch (try state.filled(), result, failure) {
        case (.succeeded, let result, nil): self = .succeeded(result)
        case (.failed, nil, let failure?): self = .failed(failure)
        case (.roleNotAssumed, nil, let failure?): self = .roleNotAssumed(failure)
        default: throw JSONCursor.Mismatch()
        }
    }
}
