// SPDX-License-Identifier: Apache-2.0

/// Where a setting is looked up: its environment variable, then the profile.
///
/// Collects what is wrong with the values, so that all of it can be told at once.
/// As in botocore a variable that is set counts, also when it is empty.
struct SettingSources {
    var environment: [String: String]
    var profile: Profile
    var profileName: String
    var file: String
    private(set) var problems: [String] = []

    init(environment: [String: String], profile: Profile, profileName: String, file: String) {
        self.environment = environment
        self.profile = profile
        self.profileName = profileName
        self.file = file
    }

    /// A value and the place it was found in, in words.
    struct Found {
        var value: String
        var place: String
    }

    /// The value of the variable or else of the profile's setting.
    mutating func find(_ variable: String?, _ setting: String?) -> Found? {
        if let variable, let value = environment[variable] { return Found(value: value, place: variable) }
        guard let setting, let value = profile.settings[setting] else { return nil }
        let place = "\(setting) of profile \(profileName) in \(file)"
        guard let text = value.text else {
            problems.append("\(place) is an indented block; expected one value")
            return nil
        }
        return Found(value: text, place: place)
    }

    /// The value of a setting in an indented block of the profile.
    func find(inBlock block: String, _ setting: String) -> Found? {
        guard case .block(let lines) = profile.settings[block], let value = lines[setting] else { return nil }
        return Found(value: value, place: "\(setting) in \(block) of profile \(profileName) in \(file)")
    }

    /// Notes that a value is not what was expected.
    mutating func reject(_ found: Found, expected: String) {
        problems.append("\(found.place) is '\(found.value.prefix(100))'; expected \(expected)")
    }

    /// Notes any other problem.
    mutating func note(_ problem: String) { problems.append(problem) }

    /// A switch: `true` or `false` in any case; empty means false.
    mutating func flag(_ variable: String, _ setting: String) -> Bool { optionalFlag(variable, setting) ?? false }

    /// The same in an indented block; nil when it is not there.
    mutating func flag(inBlock block: String, _ setting: String) -> Bool? {
        find(inBlock: block, setting).map { flag($0) }
    }

    /// The same; nil when it is not there.
    mutating func optionalFlag(_ variable: String, _ setting: String?) -> Bool? {
        find(variable, setting).map { flag($0) }
    }

    private mutating func flag(_ found: Found) -> Bool {
        switch found.value.lowercased() {
        case "true": return true
        case "false", "": return false
        default:
            reject(found, expected: "true or false")
            return false
        }
    }

    /// A whole number from 1 to `most`.
    mutating func positive(_ variable: String, _ setting: String, most: Int = .max) -> Int? {
        guard let found = find(variable, setting) else { return nil }
        let digits = String(found.value[...].unicodeScalars.stripped)
        guard let number = Int(digits), number >= 1, number <= most else {
            reject(found, expected: "a whole number " + (most == .max ? "of at least 1" : "from 1 to \(most)"))
            return nil
        }
        return number
    }

    /// One of the names of an enumeration; nil when none is given.
    mutating func choice<Value>(
        _ type: Value.Type, _ variable: String, _ setting: String, ignoringCase: Bool = false
    ) -> Value? where Value: RawRepresentable<String> & CaseIterable {
        guard let found = find(variable, setting) else { return nil }
        guard let value = Value(rawValue: ignoringCase ? found.value.lowercased() : found.value) else {
            reject(found, expected: Value.allCases.map(\.rawValue).joined(separator: " or "))
            return nil
        }
        return value
    }
}
