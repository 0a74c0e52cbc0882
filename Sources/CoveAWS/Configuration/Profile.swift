// SPDX-License-Identifier: Apache-2.0

/// A value in a configuration file: a text, or the indented block of a setting such as `s3 =`.
enum ConfigurationValue: Sendable, Equatable {
    case text(String)
    case block([String: String])

    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }
}

/// The settings of one section; they may be secrets and never print.
struct Profile: Sendable, Equatable {
    var settings: [String: ConfigurationValue]

    init(_ settings: [String: ConfigurationValue] = [:]) { self.settings = settings }

    /// A setting's text; nil when it is absent or a block.
    subscript(name: String) -> String? { settings[name]?.text }

    /// Whether the setting stands in the section, with any value.
    func has(_ name: String) -> Bool { settings[name] != nil }

    /// Whether one of the two parts of a static key stands here.
    var hasStaticKey: Bool { has("aws_access_key_id") || has("aws_secret_access_key") }

    /// Whether the profile assumes a role with another identity's credentials (not with a web identity's token).
    var assumesRole: Bool { has("role_arn") && !has("web_identity_token_file") }

    /// Takes over settings of another section, which win.
    mutating func update(with other: Profile) {
        settings.merge(other.settings) { _, new in new }
    }
}

extension Profile: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "Profile(\(settings.keys.sorted().joined(separator: ", ")))" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
