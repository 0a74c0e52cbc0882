// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import NIOCore

/// What both ends of a link ask of TCP.
enum SocketSettings {
    /// How long what was sent may stay unacknowledged, or a peer's window closed, before the connection is given up.
    ///
    /// Without it a peer that vanished is noticed after a quarter of an hour.
    static let unacknowledged: CInt = 30_000
    /// The bytes that the kernel holds unsent, so that a heartbeat waits behind few of them on a slow line.
    static let unsent: CInt = 128 << 10

    /// Sets them, on the channel's event loop; what a system does not know is left as it is.
    static func apply(to channel: any Channel) {
        guard let options = channel.syncOptions, channel.remoteAddress?.protocol != .unix else { return }
        let tcp: [(CInt, CInt)] = [
            (TCP_NODELAY, 1), (TCP_USER_TIMEOUT, unacknowledged), (TCP_NOTSENT_LOWAT, unsent),
            // An idle line is asked after 15 s, and every 5 s then.
            (TCP_KEEPIDLE, 15), (TCP_KEEPINTVL, 5), (TCP_KEEPCNT, 3),
        ]
        try? options.setOption(.socketOption(.so_keepalive), value: 1)
        for (name, value) in tcp {
            try? options.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: name)), value: .init(value))
        }
    }
}
