// SPDX-License-Identifier: Apache-2.0

// `stat` belongs to whichever of these two the compiler happens to load first; X509 brings the former.
internal import CoreFoundation
internal import Glibc
internal import NIOCore
internal import Synchronization

/// A socket in the file system, whose path may be of any length.
///
/// A socket's address has room for 107 bytes, a path may have 4,095: the folder is opened, and the address goes through its descriptor.
final class ControlSocket: Sendable {
    /// What SO_PEERCRED gives, `ucred` in C.
    private struct PeerCredentials: Sendable {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    /// Which file it is: numbers of files are used again, times are not.
    private struct Identity: Equatable {
        let device: UInt
        let inode: UInt
        let changed: [Int]

        init(_ status: stat) {
            device = UInt(status.st_dev)
            inode = UInt(status.st_ino)
            changed = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
        }
    }

    private let path: String
    private let name: String
    /// The folder, opened.
    private let folder: Int32
    /// The socket that `listen` made, until it is removed.
    private let made = Mutex<Identity?>(nil)

    /// A socket of that path, there or not yet.
    ///
    /// - Throws: `LinkError(.configuration)` when its folder cannot be opened.
    init(path: String) throws(LinkError) {
        let end = path.lastIndex(of: "/")
        let parent = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        name = end.map { String(path[path.index(after: $0)...]) } ?? path
        self.path = path
        guard !name.isEmpty, name != ".", name != ".." else {
            throw LinkError(.configuration, "\(path) is no path of a socket")
        }
        folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else {
            throw LinkError(.configuration, "the folder \(parent) of the socket cannot be opened: \(Self.words(errno))")
        }
    }

    deinit {
        remove()
        Glibc.close(folder)
    }

    /// The address to connect to, as long as this object is there.
    ///
    /// - Throws: `LinkError(.configuration)` when the file's name alone is too long.
    func address() throws(LinkError) -> SocketAddress {
        do {
            // The plain path needs no /proc.
            return try SocketAddress(
                unixDomainSocketPath: path.utf8.count <= 100 ? path : "/proc/self/fd/\(folder)/\(name)")
        } catch {
            throw LinkError(.configuration, "the name of the socket \(path) is too long")
        }
    }

    /// A bound socket that only this user can open, in place of one whose owner is gone; it is the caller's.
    ///
    /// - Throws: `LinkError`, `.unreachable` when somebody listens there.
    func bind() throws(LinkError) -> Int32 {
        let address = try address()
        try replaceStale(address)
        let descriptor = try Self.socket()
        // The mode of the file that bind makes, from the first moment on.
        let isBound =
            fchmod(descriptor, 0o600) == 0
            && address.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) == 0 }
        var status = stat()
        guard isBound, fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw LinkError(
                code == EADDRINUSE ? .unreachable : .configuration, "cannot listen at \(path): \(Self.words(code))")
        }
        made.withLock { $0 = Identity(status) }
        return descriptor
    }

    /// Removes the socket that `bind` made, if it is still there.
    func remove() {
        guard
            let identity = made.withLock({ made in
                defer { made = nil }
                return made
            })
        else { return }
        var status = stat()
        guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
            identity == Identity(status)
        else { return }
        unlinkat(folder, name, 0)
    }

    private func replaceStale(_ address: SocketAddress) throws(LinkError) {
        var status = stat()
        guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw LinkError(.configuration, "cannot listen at \(path): there is a file that is no socket")
        }
        let descriptor = try Self.socket()
        defer { Glibc.close(descriptor) }
        let isConnected = address.withSockAddr { connect(descriptor, $0, socklen_t($1)) == 0 }
        // Nobody holds the other end of a socket that refuses; every other answer comes from somebody.
        guard !isConnected, errno == ECONNREFUSED else {
            throw LinkError(.unreachable, "cannot listen at \(path): another process listens there")
        }
        unlinkat(folder, name, 0)
    }

    private static func socket() throws(LinkError) -> Int32 {
        let descriptor = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw LinkError(.unreachable, "no socket can be made: \(words(errno))") }
        return descriptor
    }

    private static func words(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// The user at the other end of a connected socket; nil when the system does not say.
    static func user(of channel: any Channel) async -> UInt32? {
        guard let options = channel as? any SocketOptionProvider else { return nil }
        let peer: EventLoopFuture<PeerCredentials> = options.unsafeGetSocketOption(
            level: NIOBSDSocket.OptionLevel(rawValue: SOL_SOCKET), name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return try? await peer.get().user
    }

    /// Whether a user may speak over the control socket: the one who runs this process, and root.
    static func admits(_ user: UInt32) -> Bool { user == geteuid() || user == 0 }
}
