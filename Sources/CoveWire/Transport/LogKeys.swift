// SPDX-License-Identifier: Apache-2.0

/// The metadata keys of the log lines of links.
enum LogKeys {
    static let place = "place"
    static let peer = "peer"
    static let role = "role"
    static let program = "program"
    static let code = "code"
    static let error = "error"
    static let file = "file"
    static let count = "count"
    static let bytes = "bytes"
    static let request = "request"
}
