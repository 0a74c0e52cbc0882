// SPDX-License-Identifier: Apache-2.0

/// Where requests go: scheme, host and port of a URL, and the path in front of every request's own.
///
/// A class because every request carries one, and most carry the same.
package final class HTTPOrigin: Sendable, Hashable {
    /// Whether the connection is TLS.
    package let isTLS: Bool
    /// The host's name or address; an IPv6 address without its brackets.
    package let hostName: String
    /// The port, the scheme's own when the URL names none.
    package let port: Int
    /// The value of the Host header: host, and the port when it is not the scheme's own.
    package let host: String
    /// `https://host:port`, without a path.
    package let text: String
    /// The URL's path without its last slash; empty for most.
    package let basePath: String
    /// The URL's path as it is, which a request for `/` has; `/` where the URL has none.
    package let rootPath: String

    /// Reads an `http` or `https` URL such as `https://sts.us-east-1.amazonaws.com` or `http://127.0.0.1:4566/prefix`.
    ///
    /// Throws `AWSError` (invalid input) on anything else: another scheme, user info, a query, a port out of range.
    package init(_ url: String) throws {
        let scheme: String
        let rest: Substring
        if url.lowercased().hasPrefix("https://") {
            (scheme, rest) = ("https", url.dropFirst(8))
        } else if url.lowercased().hasPrefix("http://") {
            (scheme, rest) = ("http", url.dropFirst(7))
        } else {
            throw Self.invalid(url, "it does not begin with http:// or https://")
        }
        let slash = rest.firstIndex(of: "/")
        let authority = rest[..<(slash ?? rest.endIndex)]
        let path = slash.map { rest[$0...] } ?? ""
        let isPrintable = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isPrintable, !url.utf8.contains(where: { "?#@\\".utf8.contains($0) }) else {
            throw Self.invalid(url, "it holds a character that no endpoint has")
        }
        isTLS = scheme == "https"
        let (name, port) = try Self.split(authority, of: url)
        self.port = port ?? (isTLS ? 443 : 80)
        hostName = name.lowercased()
        let shown = hostName.contains(":") ? "[\(hostName)]" : hostName
        host = self.port == (isTLS ? 443 : 80) ? shown : "\(shown):\(self.port)"
        text = "\(scheme)://\(host)"
        rootPath = path.isEmpty ? "/" : String(path)
        basePath = path.last == "/" ? String(path.dropLast()) : String(path)
    }

    /// The origin with a text in front of the host's name.
    package func prefixed(_ prefix: String) throws -> HTTPOrigin {
        try HTTPOrigin("\(isTLS ? "https" : "http")://\(prefix)\(host)\(rootPath)")
    }

    /// Host and port of an authority; the brackets around an IPv6 address are taken away.
    private static func split(_ authority: Substring, of url: String) throws -> (String, Int?) {
        var name = authority
        var portText: Substring?
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { throw invalid(url, "a bracket is not closed") }
            name = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.first == ":" else { throw invalid(url, "the port is not a number") }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            name = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        guard !name.isEmpty else { throw invalid(url, "it names no host") }
        guard let portText else { return (String(name), nil) }
        guard let port = Int(portText), (1...65_535).contains(port) else {
            throw invalid(url, "the port is not a number from 1 to 65535")
        }
        return (String(name), port)
    }

    package static func == (one: HTTPOrigin, other: HTTPOrigin) -> Bool {
        one === other || (one.text == other.text && one.rootPath == other.rootPath)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(text)
        hasher.combine(rootPath)
    }

    private static func invalid(_ url: String, _ why: String) -> AWSError {
        AWSError(
            .invalidInput, code: "InvalidEndpoint",
            message: "the endpoint \"\(url)\" is not usable: \(why); expected a URL such as https://host:port")
    }
}
