// SPDX-License-Identifier: Apache-2.0

/// The metadata keys of the coordinator's log lines.
enum LogKeys {
    static let run = "run"
    static let worker = "worker"
    static let address = "address"
    static let account = "account"
    static let expected = "expected"
    static let count = "count"
    static let error = "error"
    static let verdict = "verdict"
    static let token = "token"
    static let kept = "kept"
    static let lost = "lost"
    static let unseen = "unseen"
    static let artefact = "artefact"
}
