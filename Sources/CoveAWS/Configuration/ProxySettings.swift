// SPDX-License-Identifier: Apache-2.0

/// The proxies that the environment names, as Python's `urllib` (and with it botocore) reads them.
///
/// The lower-case variable wins over the upper-case one, also when it is empty, which switches the proxy off. `ALL_PROXY`
/// is not used, as in botocore. A proxy's URL may hold a password and never prints.
public struct ProxySettings: Sendable, Hashable {
    /// The proxy for `http` endpoints.
    public var http: String?
    /// The proxy for `https` endpoints.
    public var https: String?
    /// The hosts that are reached without a proxy: domain suffixes separated by commas, or `*`.
    public var noProxy: String?

    /// Makes settings out of their parts.
    public init(http: String? = nil, https: String? = nil, noProxy: String? = nil) {
        self.http = http
        self.https = https
        self.noProxy = noProxy
    }

    /// The settings of an environment.
    ///
    /// In a CGI program (`REQUEST_METHOD` is set) the upper-case `HTTP_PROXY` is not used: it may hold a request's `Proxy`
    /// header (CVE-2016-1000110).
    public init(environment: [String: String]) {
        self.init(
            http: Self.value("http", of: environment, upperCase: environment["REQUEST_METHOD"] == nil).map(Self.url),
            https: Self.value("https", of: environment, upperCase: true).map(Self.url),
            noProxy: Self.value("no", of: environment, upperCase: true))
    }

    private static func value(_ scheme: String, of environment: [String: String], upperCase: Bool) -> String? {
        if let value = environment["\(scheme)_proxy"] { return value.isEmpty ? nil : value }
        guard upperCase else { return nil }
        let name = "\(scheme)_proxy"
        let others = environment.filter { $0.key.lowercased() == name && !$0.value.isEmpty }
        return others.min { $0.key < $1.key }?.value
    }

    /// A proxy without a scheme is an HTTP proxy.
    private static func url(_ value: String) -> String {
        if value.contains("://") { return value }
        return value.hasPrefix("//") ? "http:\(value)" : "http://\(value)"
    }
}

extension ProxySettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Which proxies are set, without their URLs.
    public var description: String {
        let names = [http.map { _ in "http" }, https.map { _ in "https" }].compactMap(\.self)
        return "ProxySettings(\(names.joined(separator: ", ")))"
    }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// A mirror without children, so that no password prints.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
