// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// What a command tells that is not a run's results: as lines for people, and as JSON values for programs.
struct Report {
    /// The lines of the table form, given the width of a line; nil where lines may be as long as they like.
    var lines: (Int?) -> [String]
    /// The one value of the JSON form.
    var json: JSONText
    /// The values of the ndjson form, one a line.
    var values: [JSONText]
}

extension OutputTarget {
    /// Writes a report in the chosen form.
    func write(report: Report) async throws {
        let output = try open()
        let sink = output.sink
        switch format {
        case .table: for line in report.lines(tableWidth) { sink.line(line) }
        case .json:
            sink.write(report.json.utf8)
            sink.write(CollectionOfOne(UInt8(ascii: "\n")))
        case .ndjson:
            for value in report.values {
                sink.write(value.utf8)
                sink.write(CollectionOfOne(UInt8(ascii: "\n")))
            }
        case .none: break
        }
        try await output.commit()
    }
}
