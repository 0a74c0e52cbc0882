// SPDX-License-Identifier: Apache-2.0

/// The metadata keys of the worker's log lines.
enum LogKeys {
    static let token = "token"
    static let account = "account"
}
