// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// The reports that were not answered yet, in the order in which their attempts ended.
///
/// One batch is under way at a time, which lets the next one gather. When the link ends, the batch goes first on the next.
struct ReportOutbox {
    /// How many reports one message carries at most.
    static let batch = 256
    /// How many bytes of results they carry together; a larger result goes alone.
    static let batchBytes = 512 * 1_024
    /// How many bytes of results may wait before no more leases are taken.
    static let capacityBytes = 32 * 1_024 * 1_024

    private var waiting: [AttemptReport] = []
    private var underWay: [AttemptReport] = []
    private var bytes = 0

    /// How many reports were not answered.
    var count: Int { waiting.count + underWay.count }
    var isEmpty: Bool { count == 0 }
    /// The leases of these reports.
    var tokens: [LeaseToken] { (underWay + waiting).map(\.token) }

    /// Whether so much waits that a worker of so many slots takes no more leases.
    func isFull(slots: Int) -> Bool { count > 2 * slots + Self.batch || bytes > Self.capacityBytes }

    mutating func append(_ report: AttemptReport) {
        waiting.append(report)
        bytes += Self.weight(report)
    }

    /// The batch that is sent now; nil while one is under way or there is nothing to send.
    mutating func nextBatch() -> [AttemptReport]? {
        guard underWay.isEmpty, !waiting.isEmpty else { return nil }
        var size = 0
        let end = waiting.prefix(Self.batch).firstIndex { report in
            size += Self.weight(report)
            return size > Self.batchBytes
        }
        underWay = Array(waiting.prefix(max(1, end ?? Self.batch)))
        waiting.removeFirst(underWay.count)
        return underWay
    }

    /// Reports were answered: they need not be kept any longer, whatever the verdict.
    mutating func answered(_ answers: [ReportAnswer]) {
        let tokens = Set(answers.lazy.map(\.token))
        underWay.removeAll { report in
            guard tokens.contains(report.token) else { return false }
            bytes -= Self.weight(report)
            return true
        }
    }

    /// The link ended: what was under way is sent again, before all else.
    mutating func disconnected() {
        waiting = underWay + waiting
        underWay = []
    }

    /// About how many bytes a report takes on the wire.
    private static func weight(_ report: AttemptReport) -> Int {
        let content =
            switch report.outcome {
            case .succeeded(let result): result?.utf8.count ?? 0
            case .failed(let failure), .roleNotAssumed(let failure):
                failure.textBytes
            }
        return content + 128
    }
}
