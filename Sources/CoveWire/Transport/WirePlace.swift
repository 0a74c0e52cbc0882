// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Where a coordinator listens.
package enum WirePlace: Sendable, Hashable {
    /// A host name or a numeric address without brackets, and a port from 0 to 65535; 0 lets the system choose where it is listened at.
    case tcp(host: String, port: Int)
    /// A socket in the file system.
    case unix(path: String)

    /// The port of a place that is written without one.
    package static let defaultPort = 2_683

    /// The place that a text names: `HOST`, `HOST:PORT`, `[IPV6]:PORT`, or a path, which has a slash in it.
    ///
    /// - Throws: `LinkError(.configuration)`
    package init(_ text: String) throws(LinkError) {
        if text.contains("/") {
            self = .unix(path: text)
            return
        }
        var host = Substring(text)
        var port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":"), Self.isNumeric(String(host)) else { throw Self.invalid(text) }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.lastIndex(of: ":"), !Self.isNumeric(text) {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
            guard !host.contains(":") else { throw Self.invalid(text) }
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "[") }) else {
            throw Self.invalid(text)
        }
        guard let port else {
            self = .tcp(host: String(host), port: Self.defaultPort)
            return
        }
        guard !port.isEmpty, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port) else {
            throw Self.invalid(text)
        }
        self = .tcp(host: String(host), port: Int(number))
    }

    private static func invalid(_ text: String) -> LinkError {
        LinkError(
            .configuration,
            "\(text.debugDescription) is no address: expected HOST:PORT, [IPV6]:PORT or HOST (port \(defaultPort))")
    }

    /// Whether only this machine can reach it, so that TLS may be left out: 127.0.0.0/8, ::1, `localhost`, a path.
    package var isLoopback: Bool {
        switch self {
        case .unix: return true
        case .tcp(let host, _):
            if host.lowercased() == "localhost" { return true }
            guard let address = Self.address(host) else { return false }
            if address.count == 4 { return address[0] == 127 }
            return address.dropLast().allSatisfy { $0 == 0 } && address.last == 1
        }
    }

    /// Whether a host is an address that needs no looking up.
    static func isNumeric(_ host: String) -> Bool { address(host) != nil }

    /// The 4 or 16 bytes of a numeric address; nil for a name.
    private static func address(_ host: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, host, &bytes) == 1 { return Array(bytes.prefix(4)) }
        // The interface of a link-local address.
        let bare = String(host.prefix { $0 != "%" })
        return inet_pton(AF_INET6, bare, &bytes) == 1 ? bytes : nil
    }
}

extension WirePlace: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
