// SPDX-License-Identifier: Apache-2.0

/// The form of a run's results.
enum OutputFormat: String, CaseIterable, Sendable {
    /// One JSON object with botocove's lists, in plan order.
    case json
    /// One JSON object a line for each task, in the order of settling.
    case ndjson
    /// A table for people.
    case table
    /// Nothing; the results are in the store.
    case none
}
