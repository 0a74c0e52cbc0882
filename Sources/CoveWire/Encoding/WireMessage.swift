// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import FoundationEssentials

/// What one end of a link says after the handshake, in the form of docs/protocol.md.
package protocol WireMessage: Sendable, Codable {
    /// The values of `type` that are such a message.
    static var types: Set<String> { get }
    /// The message as one or several that mean the same, so that what can be divided has JSON of about `bytes` bytes at most.
    func parts(of bytes: Int) -> [Self]
    /// What is said instead of a message that no link takes; nil where nothing can be.
    func replacement(for problem: WireEncoder.MessageTooLarge) -> Self?
    /// Writes the message without Codable, where that is worth it; false where it was not written.
    func write(to writer: inout JSONWriter, _ encoder: JSONEncoder) throws -> Bool
    /// Reads a message without Codable; nil where that is left to Codable, which takes what this takes as the same message.
    static func read(_ json: [UInt8], _ decoder: JSONDecoder) -> Self?
}

extension WireMessage {
    package func parts(of bytes: Int) -> [Self] { [self] }
    package func replacement(for problem: WireEncoder.MessageTooLarge) -> Self? { nil }
    package func write(to writer: inout JSONWriter, _ encoder: JSONEncoder) throws -> Bool { false }
    package static func read(_ json: [UInt8], _ decoder: JSONDecoder) -> Self? { nil }
}

extension WorkerMessage: WireMessage {
    package static let types = Set(Word.allCases.map(\.rawValue))

    /// Reports are told one by one when their results are large.
    package func parts(of bytes: Int) -> [WorkerMessage] {
        guard case .report(let reports) = self, reports.count > 1 else { return [self] }
        var parts: [[AttemptReport]] = [[]]
        var room = bytes
        for report in reports {
            let size = report.codedSize
            if size > room, parts.last?.isEmpty == false {
                parts.append([])
                room = bytes
            }
            parts[parts.count - 1].append(report)
            room -= size
        }
        return parts.map { .report($0) }
    }

    /// A report that is too large for the link is a failure of its attempt, or it would be sent again and again.
    package func replacement(for problem: WireEncoder.MessageTooLarge) -> WorkerMessage? {
        guard case .report(let reports) = self, reports.count == 1, let report = reports.first else { return nil }
        let size = "on the wire it has \(problem.bytes) bytes, and the coordinator takes \(problem.limit)"
        var short = report
        switch report.outcome {
        case .succeeded:
            short.outcome = .failed(
                Failure(
                    type: "ResultTooLarge",
                    message: "the function returned, and its result cannot be reported: \(size)", isRetryable: false))
        case .failed(let failure), .roleNotAssumed(let failure):
            let told = Failure(
                type: "FailureTooLarge",
                message: "the attempt failed, and what it said of that cannot be reported: \(size)",
                isRetryable: failure.isRetryable, exitCode: failure.exitCode)
            // A link that does not even take this takes nothing.
            guard ![told.type, "ResultTooLarge"].contains(failure.type) else { return nil }
            short.outcome = if case .failed = report.outcome { .failed(told) } else { .roleNotAssumed(told) }
        }
        return .report([short])
    }
}

extension CoordinatorMessage: WireMessage {
    package static let types = Set(Word.allCases.map(\.rawValue))
}

extension ClientMessage: WireMessage {
    package static let types: Set = [type]
}

extension ReplyMessage: WireMessage {
    package static let types: Set = [type]

    package func replacement(for problem: WireEncoder.MessageTooLarge) -> ReplyMessage? {
        if case .failure = reply { return nil }
        return ReplyMessage(
            id: id, reply: .failure(RequestFailure(.unavailable, ["the answer cannot be sent: it is \(problem)"])))
    }
}

extension AttemptReport {
    /// About how many bytes the report takes on the wire, within a factor of two.
    fileprivate var codedSize: Int {
        switch outcome {
        case .succeeded(let result): 150 + (result?.utf8.count ?? 0)
        case .failed(let failure), .roleNotAssumed(let failure):
            300 + failure.textBytes
        }
    }
}
