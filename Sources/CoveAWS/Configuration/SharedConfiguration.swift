// SPDX-License-Identifier: Apache-2.0

/// The two shared files, `~/.aws/config` and `~/.aws/credentials`, as botocore joins them.
///
/// A profile is the config file's section with the settings of the credentials file's section of the same name laid over
/// it. The credentials file's sections and the config file's profiles are kept apart, too, because static keys are looked up
/// in one after the other.
package struct SharedConfiguration: Sendable {
    /// The config file's path, expanded.
    var configPath = "~/.aws/config"
    /// The credentials file's path, expanded.
    var credentialsPath = "~/.aws/credentials"
    /// The profiles of both files, by name.
    private(set) var profiles: [String: Profile] = [:]
    /// The profiles of the config file alone.
    private(set) var configProfiles: [String: Profile] = [:]
    /// The sections of the credentials file alone; their whole name is the profile's name.
    private(set) var credentialsProfiles: [String: Profile] = [:]
    /// The `[services NAME]` sections of the config file.
    private(set) var services: [String: Profile] = [:]
    /// The `[sso-session NAME]` sections of the config file.
    private(set) var ssoSessions: [String: Profile] = [:]

    /// No files at all.
    init() {}

    /// Reads the files that the environment names; one that does not exist is empty.
    ///
    /// - Parameter problems: gets what is wrong with either file.
    init(environment: [String: String], files: ConfigurationFiles, problems: inout [String]) {
        configPath = files.expand(environment["AWS_CONFIG_FILE"] ?? configPath, environment: environment)
        credentialsPath = files.expand(
            environment["AWS_SHARED_CREDENTIALS_FILE"] ?? credentialsPath, environment: environment)
        for section in Self.sections(of: configPath, files: files, problems: &problems) {
            addConfig(section.name, section.profile)
        }
        profiles = configProfiles
        for section in Self.sections(of: credentialsPath, files: files, problems: &problems) {
            credentialsProfiles[section.name] = section.profile
            profiles[section.name, default: Profile()].update(with: section.profile)
        }
    }

    /// Files a section of the config file: `[default]` and `[profile NAME]`, `[sso-session NAME]`, `[services NAME]`.
    ///
    /// The prefix counts as botocore counts it: `[profiles a]` is a profile, of `[profile a b]` and `[profile]` nothing is kept.
    private mutating func addConfig(_ name: String, _ profile: Profile) {
        if name.hasPrefix("profile") {
            if let name = Self.secondWord(of: name) { configProfiles[name] = profile }
        } else if name.hasPrefix("sso-session") {
            if let name = Self.secondWord(of: name) { ssoSessions[name] = profile }
        } else if name.hasPrefix("services") {
            if let name = Self.secondWord(of: name) { services[name] = profile }
        } else if name == "default" {
            configProfiles[name] = profile
        }
    }

    private static func secondWord(of section: String) -> String? {
        guard let words = try? ShellWords.split(section), words.count == 2 else { return nil }
        return words[1]
    }
}

// MARK: - Reading a file

extension SharedConfiguration {
    /// The sections of a file in its order.
    static func sections(
        of path: String, files: ConfigurationFiles, problems: inout [String]
    ) -> [(name: String, profile: Profile)] {
        do {
            guard let bytes = try files.read(path) else { return [] }
            guard bytes.count <= ConfigurationFiles.largestFile else {
                throw UnreadableFile(reason: "it is larger than \(ConfigurationFiles.largestFile >> 20) MiB")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw UnreadableFile(reason: "it is not valid UTF-8")
            }
            return try INIFile(parsing: text).sections.map { section in
                let settings = try section.options.map { name, value in
                    (name, try Self.value(value, of: name, in: section.name))
                }
                return (section.name, Profile(Dictionary(settings) { _, last in last }))
            }
        } catch let error as INIError {
            problems += error.problems.map { "Unable to parse config file: \(path): \($0)" }
        } catch let error as UnreadableFile {
            problems.append("Unable to read config file: \(path): \(error.reason)")
        } catch {
            problems.append("Unable to read config file: \(path)")
        }
        return []
    }

    /// A value that begins with a new line is a block of lines `name = value`.
    private static func value(
        _ text: String, of name: String, in section: String
    ) throws(INIError) -> ConfigurationValue {
        guard text.hasPrefix("\n") else { return .text(text) }
        var block: [String: String] = [:]
        for line in text.unicodeScalars.split(whereSeparator: \.isPythonLineEnd) {
            let line = line[...].stripped
            guard !line.isEmpty else { continue }
            guard let equals = line.firstIndex(of: "=") else {
                throw INIError(problems: [
                    "the setting \(name) of [\(section)]: a line of its indented block is not name = value"
                ])
            }
            block[String(line[..<equals].stripped)] = String(line[line.index(after: equals)...].stripped)
        }
        return .block(block)
    }
}
