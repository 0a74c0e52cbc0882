// SPDX-License-Identifier: Apache-2.0

/// A host and a port: `host:port`, `[::1]:2683`, or a host alone.
struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// Where coordinators listen unless told otherwise.
    static let defaultPort = 2683

    let host: String
    let port: Int

    init(host: String, port: Int = defaultPort) {
        self.host = host
        self.port = port
    }

    /// Reads an address; nil when it is none.
    init?(_ text: String) {
        var host = text[...]
        var port: Substring?
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<bracket]
            let rest = text[text.index(after: bracket)...]
            guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty { port = rest.dropFirst() }
        } else if let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: ".-_:%".utf8.contains(byte)
            }
        }
        guard !host.isEmpty, isName, host.utf8.count <= 255 else { return nil }
        if let port {
            guard port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = Int(port), (0...65_535).contains(number)
            else { return nil }
            self.port = number
        } else {
            self.port = Self.defaultPort
        }
        self.host = String(host)
    }

    /// Whether only this machine can be at the other end.
    var isLoopback: Bool {
        let name = host.lowercased()
        if name == "localhost" || name == "::1" { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil } && numbers[0] == "127"
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
