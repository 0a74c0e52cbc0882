// SPDX-License-Identifier: Apache-2.0

/// Looks for `COVE_…` variables that no option reads: a misspelt one would silently run everywhere.
enum VariableCheck {
    /// The options that variables stand for.
    static let options = [
        "targets", "ignore", "include-calling-account", "regions", "role-name", "role-session-name", "policy",
        "policy-arns", "external-id", "duration", "partition", "profile", "raise-exception", "at-most-once",
        "run-in", "templates", "memory-limit", "credentials",
        "task-timeout", "slots", "store", "output", "output-file", "quiet", "log-level", "log-format", "parse",
        "detach", "coordinator", "token-file", "tls-ca", "tls-certificate", "tls-key", "listen", "tls-client-ca",
        "lease-ttl", "name", "allow", "allow-roles", "drain-timeout", "days", "force", "read-only",
        "ship", "input", "query", "paginate", "page-size", "max-items", "starting-token",
        "python", "python-memory", "with",
    ]
    /// What Cove itself gives to programs, and what its tests read.
    private static let others = [
        "COVE_ACCOUNT_ID", "COVE_REGION", "COVE_RUN_ID", "COVE_SESSION_INFORMATION", "COVE_ARTEFACT",
        "COVE_CALLER_FOLDER", "COVE_VECTORS", "COVE_BOTOCORE", "COVE_MUTATIONS", "COVE_SCRIPT",
    ]

    /// A sentence for each variable that nothing reads.
    static func warnings(_ variables: [String: String]) -> [String] {
        let known = options.map { SettingReader.variable(of: $0) }
        return variables.keys.filter { $0.hasPrefix("COVE_") && !known.contains($0) && !others.contains($0) }.sorted()
            .map { name in
                let nearest = NearestName.of(name, among: known)
                return "the variable \(name) is not read by cove" + (nearest.map { "; did you mean \($0)?" } ?? "")
            }
    }
}
