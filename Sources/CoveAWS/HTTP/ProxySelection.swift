// SPDX-License-Identifier: Apache-2.0

/// Which proxy a request goes through.
///
/// The rules are those of botocore, which asks Python's urllib: the scheme names the proxy, and the list of exceptions is
/// compared with the host, with and without its port, whole or as a domain's end. `*` alone excepts everything.
package struct ProxySelection: Sendable {
    private let http: String?
    private let https: String?
    private let exceptsAll: Bool
    private let exceptions: [String]

    /// Makes a selection of the proxies' URLs and the comma-separated list of exceptions; an empty text counts as none.
    package init(http: String? = nil, https: String? = nil, noProxy: String? = nil) {
        self.http = http.flatMap { $0.isEmpty ? nil : $0 }
        self.https = https.flatMap { $0.isEmpty ? nil : $0 }
        let names = (noProxy ?? "").split(separator: ",").map { name in
            name.filter { $0 != " " && $0 != "\t" }.drop { $0 == "." }.lowercased()
        }
        exceptsAll = noProxy == "*"
        exceptions = names.filter { !$0.isEmpty }
    }

    /// Makes a selection of the configured proxies.
    package init(_ settings: ProxySettings) {
        self.init(http: settings.http, https: settings.https, noProxy: settings.noProxy)
    }

    /// The URL of the origin's proxy, nil when it is reached directly.
    package func proxy(for origin: HTTPOrigin) -> String? {
        guard let proxy = origin.isTLS ? https : http, !exceptsAll else { return nil }
        let isExcepted = exceptions.contains { name in
            [origin.hostName, origin.host].contains { $0 == name || $0.hasSuffix("." + name) }
        }
        return isExcepted ? nil : proxy
    }
}
