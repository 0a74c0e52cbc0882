// SPDX-License-Identifier: Apache-2.0

/// The metadata keys of the worker's log lines.
enum LogKeys {
    static let run = "run"
    static let region = "region"
    static let artefact = "artefact"
    static let token = "token"
    static let account = "account"
    static let count = "count"
    static let error = "error"
    static let reason = "reason"
    static let seconds = "seconds"
    static let verdict = "verdict"
}
