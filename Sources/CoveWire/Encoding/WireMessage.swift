// SPDX-License-Identifier: Apache-2.0

/// What one end of a link says after the handshake, in the form of docs/protocol.md.
package protocol WireMessage: Sendable, Codable {
    /// The values of `type` that are such a message.
    static var types: Set<String> { get }
    /// The message as one or several that mean the same, so that those that can be divided have JSON of about `bytes` bytes at most.
    func parts(of bytes: Int) -> [Self]
}

extension WireMessage {
    package func parts(of bytes: Int) -> [Self] { [self] }
}

extension WorkerMessage: WireMessage {
    package static let types: Set<String> = []
}

extension CoordinatorMessage: WireMessage {
    package static let types: Set<String> = []
}

extension ClientMessage: WireMessage {
    package static let types: Set<String> = []
}

extension ReplyMessage: WireMessage {
    package static let types: Set<String> = []
}
