// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore

/// The environment that programs get: the worker's own, without what names an identity, and the session's variables.
///
/// Credentials stand here and nowhere else: a command line can be read by every user of the machine, an environment
/// only by the program's own.
struct ProgramEnvironment: Sendable {
    /// The entries that all programs of this worker share, `NAME=value` with a final NUL, as `execve` takes them.
    let inherited: [[UInt8]]

    /// The names that are taken out: each could make an SDK use another identity, account or region than the session's.
    private static let removed: Set<String> = [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY", "AWS_SECRET_KEY",
        "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION", "AWS_ACCOUNT_ID",
        "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_REGION", "AWS_DEFAULT_REGION",
        "COVE_ACCOUNT_ID", "COVE_REGION", "COVE_RUN_ID", "COVE_SESSION_INFORMATION", "COVE_ARTEFACT",
    ]

    /// The beginnings of names that are taken out: container credentials, and bearer tokens that go before keys.
    private static let removedPrefixes = [
        "AWS_CONTAINER_CREDENTIALS_", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_BEARER_TOKEN_",
    ]

    /// The environment that is made out of `variables`, the worker's own.
    init(_ variables: [String: String]) {
        inherited = variables.compactMap { name, value in
            Self.isInherited(name) ? Self.entry(name, value) : nil
        }
    }

    /// The entries for one session.
    ///
    /// - Returns: nil when a value of the session holds a NUL byte, which no environment can carry.
    func entries(for session: ProgramSession) -> [[UInt8]]? {
        var variables = [
            ("AWS_ACCESS_KEY_ID", session.credentials.accessKeyID),
            ("AWS_SECRET_ACCESS_KEY", session.credentials.secretAccessKey),
            ("COVE_ACCOUNT_ID", session.account.rawValue),
            ("COVE_RUN_ID", session.run.rawValue),
            ("COVE_SESSION_INFORMATION", session.information.text),
        ]
        if let token = session.credentials.sessionToken { variables.append(("AWS_SESSION_TOKEN", token)) }
        if let region = session.region?.rawValue {
            variables += [("AWS_REGION", region), ("AWS_DEFAULT_REGION", region), ("COVE_REGION", region)]
        }
        if let files = session.files { variables.append(("COVE_ARTEFACT", files)) }
        var entries = inherited
        entries.reserveCapacity(inherited.count + variables.count)
        for (name, value) in variables {
            guard let entry = Self.entry(name, value) else { return nil }
            entries.append(entry)
        }
        return entries
    }

    private static func isInherited(_ name: String) -> Bool {
        // swift-subprocess starts nothing at all with a name that is empty, starts with a digit or holds "=".
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            !name.utf8.contains(UInt8(ascii: "="))
        else { return false }
        return !removed.contains(name) && !removedPrefixes.contains { name.hasPrefix($0) }
    }

    private static func entry(_ name: String, _ value: String) -> [UInt8]? {
        var entry = Array(name.utf8)
        entry.append(UInt8(ascii: "="))
        entry += value.utf8
        guard !entry.contains(0) else { return nil }
        entry.append(0)
        return entry
    }
}
