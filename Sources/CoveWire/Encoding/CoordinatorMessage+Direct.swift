// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import FoundationEssentials

/// The messages of a coordinator of which there are many, written and read without Codable: a sixth of the time.
extension CoordinatorMessage {
    package func write(to writer: inout JSONWriter, _ encoder: JSONEncoder) throws -> Bool {
        switch self {
        case .grant(let grant):
            writer.beginObject()
            writer.key("type")
            writer.string(Word.grant.rawValue)
            writer.key("leases")
            writer.beginArray()
            for lease in grant.leases { lease.write(to: &writer) }
            writer.endArray()
            writer.key("assignments")
            writer.value(JSONText(trusted: Array(try encoder.encode(grant.assignments))))
            writer.endObject()
        case .verdicts(let answers):
            writer.beginObject()
            writer.key("type")
            writer.string(Word.verdicts.rawValue)
            writer.key("answers")
            writer.beginArray()
            for answer in answers {
                writer.beginObject()
                writer.key("token")
                writer.string(answer.token.description)
                writer.key("verdict")
                writer.string(answer.verdict.rawValue)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        case .welcome, .renewal, .cancel, .drain, .goaway, .part, .refusal: return false
        }
        return true
    }

    package static func read(_ json: [UInt8], _ decoder: JSONDecoder) -> CoordinatorMessage? {
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
    ) throws(JSONCursor.Mismatch) -> CoordinatorMessage {
        var type: Word?
        var leases: [Lease]?
        var assignments: [RunAssignment]?
        var answers: [ReportAnswer]?
        try cursor.object { key, cursor throws(JSONCursor.Mismatch) in
            if cursor.text(at: key, is: "type") {
                let place = try cursor.plainString()
                if cursor.text(at: place, is: "grant") {
                    try type.fill(.grant)
                } else if cursor.text(at: place, is: "verdicts") {
                    try type.fill(.verdicts)
                } else {
                    throw JSONCursor.Mismatch()
                }
            } else if cursor.text(at: key, is: "leases"), type == .grant {
                var list: [Lease] = []
                try cursor.array { cursor throws(JSONCursor.Mismatch) in
                    list.append(try Lease(&cursor, after: list.last))
                }
                try leases.fill(list)
            } else if cursor.text(at: key, is: "assignments"), type == .grant {
                try assignments.fill(try cursor.decoded([RunAssignment].self, decoder))
            } else if cursor.text(at: key, is: "answers"), type == .verdicts {
                var list: [ReportAnswer] = []
                try cursor.array { cursor throws(JSONCursor.Mismatch) in list.append(try ReportAnswer(&cursor)) }
                try answers.fill(list)
            } else {
                throw JSONCursor.Mismatch()
            }
        }
        if type == .verdicts { return .verdicts(try answers.filled()) }
        return .grant(LeaseGrant(leases: try leases.filled(), assignments: try assignments.filled()))
    }
}

extension ReportAnswer {
    fileprivate init(_ cursor: inout JSONCursor) throws(JSONCursor.Mismatch) {
        var token: LeaseToken?
        var verdict: ReportVerdict?
        try cursor.object { key, cursor throws(JSONCursor.Mismatch) in
            if cursor.text(at: key, is: "token") {
                try token.fill(try cursor.token())
            } else if cursor.text(at: key, is: "verdict") {
                guard let word = ReportVerdict(rawValue: try cursor.string()) else { throw JSONCursor.Mismatch() }
                try verdict.fill(word)
            } else {
                throw JSONCursor.Mismatch()
            }
        }
        self.init(token: try token.filled(), verdict: try verdict.filled())
    }
}

extension Lease {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("token")
        writer.string(token.description)
        writer.key("run")
        writer.string(run.rawValue)
        writer.key("account")
        writer.beginObject()
        writer.key("id")
        writer.string(account.id.rawValue)
        writer.member("name", account.name)
        writer.member("arn", account.arn)
        writer.member("email", account.email)
        writer.member("status", account.status)
        writer.member("state", account.state)
        writer.endObject()
        writer.member("region", region?.rawValue)
        writer.key("attempt")
        writer.number(Int64(attempt))
        writer.endObject()
    }

    /// Reads a lease; its run is often that of the one before it.
    fileprivate init(_ cursor: inout JSONCursor, after former: Lease?) throws(JSONCursor.Mismatch) {
        var token: LeaseToken?
        var run: RunID?
        var account: Account?
        var region: RegionName?
        var attempt: Int?
        try cursor.object { key, cursor throws(JSONCursor.Mismatch) in
            if cursor.text(at: key, is: "token") {
                try token.fill(try cursor.token())
            } else if cursor.text(at: key, is: "run") {
                let text = try cursor.string()
                let known = former.flatMap { $0.run.rawValue == text ? $0.run : nil }
                try run.fill(try (known ?? RunID(text)).filled())
            } else if cursor.text(at: key, is: "account") {
                try account.fill(try Account(&cursor))
            } else if cursor.text(at: key, is: "region") {
                let text = try cursor.string()
                let known = former?.region.flatMap { $0.rawValue == text ? $0 : nil }
                try region.fill(try (known ?? RegionName(text)).filled())
            } else if cursor.text(at: key, is: "attempt") {
                try attempt.fill(try Int(exactly: try cursor.integer()).filled())
            } else {
                throw JSONCursor.Mismatch()
            }
        }
        self.init(
            token: try token.filled(), run: try run.filled(), account: try account.filled(), region: region,
            attempt: try attempt.filled())
    }
}

extension Account {
    fileprivate init(_ cursor: inout JSONCursor) throws(JSONCursor.Mismatch) {
        var id: AccountID?
        var name: String?
        var arn: String?
        var email: String?
        var status: String?
        var state: String?
        try cursor.object { key, cursor throws(JSONCursor.Mismatch) in
            let text = try cursor.string()
            if cursor.text(at: key, is: "id") {
                try id.fill(try AccountID(text).filled())
            } else if cursor.text(at: key, is: "name") {
                try name.fill(text)
            } else if cursor.text(at: key, is: "arn") {
                try arn.fill(text)
            } else if cursor.text(at: key, is: "email") {
                try email.fill(text)
            } else if cursor.text(at: key, is: "status") {
                try status.fill(text)
            } else if cursor.text(at: key, is: "state") {
                try state.fill(text)
            } else {
                throw JSONCursor.Mismatch()
            }
        }
        self.init(id: try id.filled(), name: name, arn: arn, email: email, status: status, state: state)
    }
}
