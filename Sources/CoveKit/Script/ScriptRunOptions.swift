// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

/// The options of `cove python SCRIPT` that say how and where the script's runs are performed; what is run where, and as whom, its
/// decorators say.
struct ScriptRunOptions {
    var target: TargetOptions
    var execution: ExecutionOptions
    var output: OutputOptions
    var detach: DetachOptions
    var place: PlaceOptions
    var console: ConsoleOptions

    /// The options that a script's decorators stand for, or the script itself, and what it has in their place.
    private static let refused: [(option: String, instead: String)] = [
        ("targets", "the decorator's target_ids"), ("ignore", "the decorator's ignore_ids"),
        ("include-calling-account", "botocove never runs in the calling account"),
        ("regions", "the decorator's regions"), ("role-name", "the decorator's rolename"),
        ("role-session-name", "the decorator's role_session_name"), ("policy", "the decorator's policy"),
        ("policy-arns", "the decorator's policy_arns"), ("external-id", "the decorator's external_id"),
        ("partition", "the decorator's partition"),
        ("profile", "the decorator's assuming_session, or the variable AWS_PROFILE"),
        ("raise-exception", "the decorator's raise_exception"), ("output", "the script has the results"),
        ("output-file", "the script has the results"), ("detach", "the script waits for the results"),
    ]

    /// Leaves with the reader every option that was given and does nothing for a script.
    func check(_ reader: inout SettingReader, _ variables: [String: String]) {
        for (option, instead) in Self.refused {
            if let name = name(ofGiven: option, variables) {
                reader.add(problem: "\(name) was given with a script: \(instead)")
            }
        }
    }

    /// How an option that a decorator can stand for was given; nil where it was not.
    func name(ofGiven option: String, _ variables: [String: String]) -> String? {
        let variable = SettingReader.variable(of: option)
        return given.contains(option) ? "--\(option)" : variables[variable]?.isEmpty == false ? variable : nil
    }

    /// The options that were given as arguments, of those that a decorator can stand for and those that scripts have no use for.
    private var given: Set<String> {
        let lists = [
            ("targets", target.targets), ("ignore", target.ignore), ("regions", target.regions),
            ("policy-arns", target.policyArns),
        ]
        let texts: [(String, Any?)] = [
            ("include-calling-account", target.includeCallingAccount), ("role-name", target.roleName),
            ("role-session-name", target.roleSessionName), ("policy", target.policy),
            ("external-id", target.externalId), ("partition", target.partition), ("profile", target.profile),
            ("raise-exception", execution.raiseException), ("output", output.output),
            ("output-file", output.outputFile), ("detach", detach.detach), ("slots", execution.slots.slots),
        ]
        return Set(lists.filter { !$0.1.isEmpty }.map(\.0) + texts.filter { $0.1 != nil }.map(\.0))
    }

    /// The options that were given as arguments, as `cove script-run` takes them.
    ///
    /// Paths are those of this process's folder: a script may change its own.
    func arguments(_ environment: ProcessEnvironment) -> [String] {
        func absolute(_ path: String?) -> String? { path.map { environment.absolute($0) } }
        let connection = place.connection
        let values: [(String, String?)] = [
            ("slots", execution.slots.slots), ("task-timeout", execution.taskTimeout), ("duration", target.duration),
            ("store", absolute(place.store.store)), ("coordinator", connection.coordinator),
            ("token-file", absolute(connection.tokenFile)), ("tls-ca", absolute(connection.tlsCa)),
            ("tls-certificate", absolute(connection.tlsCertificate)), ("tls-key", absolute(connection.tlsKey)),
            ("log-level", console.logLevel), ("log-format", console.logFormat),
        ]
        let flags = [("at-most-once", execution.atMostOnce), ("quiet", console.quiet)]
        return values.flatMap { name, value in value.map { ["--\(name)", $0] } ?? [] }
            + flags.compactMap { name, value in value.map { $0 ? "--\(name)" : "--no-\(name)" } }
    }
}
