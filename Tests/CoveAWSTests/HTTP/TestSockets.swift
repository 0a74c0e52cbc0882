// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

/// A port on which nobody listens: bound and not listened on, so that no other process gets it meanwhile.
final class FreePort {
    let number: Int
    private let handle: Int32

    init() throws { (handle, number) = try boundSocket() }

    deinit { _ = Glibc.close(handle) }
}

/// A listener that takes no connection: its queue has room for one, and is full.
final class FullListener {
    let port: Int
    private var handles: [Int32]

    init() throws {
        let (listener, port) = try boundSocket()
        self.port = port
        try #require(listen(listener, 0) == 0)
        handles = [listener]
        for _ in 0..<4 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            withAddress(port: port) { _ = connect(client, $0, $1) }
            handles.append(client)
        }
    }

    func close() {
        for handle in handles { _ = Glibc.close(handle) }
        handles = []
    }
}

private func boundSocket() throws -> (handle: Int32, port: Int) {
    let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(withAddress(port: 0) { bind(handle, $0, $1) } == 0)
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isNamed = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(handle, $0, &length) == 0 }
    }
    try #require(isNamed)
    return (handle, Int(UInt16(bigEndian: address.sin_port)))
}

@discardableResult
private func withAddress<Result>(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}
