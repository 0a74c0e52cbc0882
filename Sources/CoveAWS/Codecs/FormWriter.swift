// SPDX-License-Identifier: Apache-2.0

/// Writes `application/x-www-form-urlencoded` text: the body of the query protocol, and query strings.
///
/// Spaces become `%20`, never `+`, as signatures want it.
package struct FormWriter {
    /// What was written.
    package private(set) var bytes: [UInt8]

    /// Begins after text that is already encoded; empty text for a new body.
    package init(_ start: [UInt8] = []) { bytes = start }

    /// Begins a query-protocol body.
    package init(action: String, version: String) {
        bytes = []
        bytes.reserveCapacity(256)
        add("Action", action)
        add("Version", version)
    }

    /// Adds a parameter.
    package mutating func add(_ name: String, _ value: String) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
        PercentEncoding.append(name.utf8, to: &bytes)
        bytes.append(UInt8(ascii: "="))
        PercentEncoding.append(value.utf8, to: &bytes)
    }

    /// Adds a parameter if there is a value.
    package mutating func add(_ name: String, _ value: String?) {
        if let value { add(name, value) }
    }
}
