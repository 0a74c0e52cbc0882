// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// What the system says of connections, in words that say what to do.
enum ConnectionFailure {
    /// Why nothing can listen at a place.
    static func listening(at place: WirePlace, _ error: any Error) -> LinkError {
        if let error = error as? LinkError { return error }
        if let code = (error as? IOError)?.errnoCode {
            switch code {
            case EADDRINUSE:
                return LinkError(
                    .unreachable,
                    "cannot listen at \(place): another process listens there; choose another port, or end it")
            case EADDRNOTAVAIL:
                return LinkError(.configuration, "cannot listen at \(place): this machine does not have that address")
            case EACCES:
                return LinkError(
                    .configuration,
                    "cannot listen at \(place): ports below 1024 are for privileged users; choose another port")
            default: return LinkError(.unreachable, "cannot listen at \(place): \(words(code))")
            }
        }
        if let host = unknownHost(error) {
            return LinkError(
                .configuration,
                "cannot listen at \(place): the host \(host) is not known; give an address of this machine")
        }
        return LinkError(.unreachable, "cannot listen at \(place): \(error)")
    }

    /// Why a place cannot be connected to.
    static func connecting(to place: WirePlace, within limit: Duration, _ error: any Error) -> LinkError {
        if let error = error as? LinkError { return error }
        var errors: [any Error] = [error]
        if let error = error as? NIOConnectionError {
            errors = error.connectionErrors.map(\.error) + [error.dnsAError, error.dnsAAAAError].compactMap(\.self)
        }
        if errors.contains(where: {
            (($0 as? IOError)?.errnoCode).map { [ECONNREFUSED, ENOENT].contains($0) } ?? false
        }) {
            return LinkError(
                .unreachable, "nothing listens at \(place): check the address, and whether the coordinator runs")
        }
        if errors.contains(where: isTimeout) {
            return LinkError(
                .unreachable,
                "\(place) did not answer within \(limit.components.seconds) s: check the address, and the firewalls between"
            )
        }
        if let host = errors.lazy.compactMap(unknownHost).first {
            return LinkError(.unreachable, "the host \(host) was not found: check the address and the name service")
        }
        if let code = errors.lazy.compactMap({ ($0 as? IOError)?.errnoCode }).first {
            return LinkError(.unreachable, "cannot connect to \(place): \(words(code))")
        }
        return LinkError(.unreachable, "cannot connect to \(place): \(error)")
    }

    /// Why a connection ended before there was a link.
    static func losing(_ place: WirePlace, _ error: any Error) -> LinkError {
        if let error = error as? LinkError { return error }
        if error is FrameChannel.Expired {
            return LinkError(
                .timedOut, "\(place) did not say in time what it should: check that a coordinator listens there")
        }
        if let code = (error as? IOError)?.errnoCode {
            return LinkError(.closed, "the connection to \(place) was lost: \(words(code))")
        }
        return LinkError(.closed, "the connection to \(place) was closed before there was a link")
    }

    private static func isTimeout(_ error: any Error) -> Bool {
        if case .connectTimeout = error as? ChannelError { return true }
        return (error as? IOError)?.errnoCode == ETIMEDOUT
    }

    private static func unknownHost(_ error: any Error) -> String? {
        if let error = error as? SocketAddressError.UnknownHost { return error.host }
        if case .unknown(let host, _) = error as? SocketAddressError { return host }
        return nil
    }

    private static func words(_ code: CInt) -> String { String(cString: strerror(code)) }
}
