// SPDX-License-Identifier: Apache-2.0

/// The endpoint URLs that the user configured, each with the place where it stands.
///
/// The first of these that is not empty is taken: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the service's
/// `endpoint_url` in the section that the profile's `services` names, the profile's `endpoint_url`. As in botocore, one
/// that is empty counts as absent, and a `services` section may hold more services than anybody calls.
package struct ConfiguredEndpoints: Sendable {
    /// Values of `AWS_ENDPOINT_URL_<SERVICE>` by the service's part of the name, in upper case.
    var byVariable: [String: String] = [:]
    /// `AWS_ENDPOINT_URL`.
    var variable: String?
    /// The URLs of the profile's `services` section, by service.
    var bySection: [String: String] = [:]
    /// The profile's `endpoint_url`.
    var profile: String?

    func url(service: String) -> String? {
        let id = String(service.map { $0 == "-" ? "_" : $0 })
        let candidates = [byVariable[id.uppercased()], variable, bySection[id.lowercased()], profile]
        for case let url? in candidates where !url.isEmpty { return url }
        return nil
    }
}

extension ConfiguredEndpoints {
    private static let prefix = "AWS_ENDPOINT_URL"

    /// The variables' endpoints.
    init(environment: [String: String]) {
        variable = environment[Self.prefix]
        for (name, value) in environment where name.hasPrefix(Self.prefix + "_") {
            byVariable[String(name.dropFirst(Self.prefix.count + 1))] = value
        }
    }

    /// Whether a URL can be used as an endpoint: `http` or `https`, a host, and no whitespace.
    static func isUsable(_ url: String) -> Bool {
        guard let separator = url.firstRange(of: "://") else { return false }
        let scheme = url[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return false }
        guard url.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else { return false }
        let authority = url[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else { return false }
        return authority.first.map { $0 != ":" } ?? false
    }
}
