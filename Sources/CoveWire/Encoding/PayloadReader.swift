// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// What stands in a payload.
enum Content<Message: WireMessage>: Sendable {
    case message(Message)
    case chunk(Chunk)
    case problem(Problem)
    case refusal(Refusal)
    /// A message that is understood so far that it can be answered.
    case answer(WireAnswer)
    /// A frame of the handshake, by its type.
    case handshake(String)
    /// A frame of another type.
    case unknown(String)
}

extension Content: Decodable {
    private enum Key: String, CodingKey {
        case type
    }

    init(from decoder: any Decoder) throws {
        let type = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .type)
        if Message.types.contains(type) {
            do {
                self = .message(try Message(from: decoder))
            } catch let request as UnreadableRequest {
                self = .answer(.reply(request.reply))
            }
            return
        }
        switch type {
        case Chunk.type: self = .chunk(try Chunk(from: decoder))
        case Problem.type: self = .problem(try Problem(from: decoder))
        case RefusalFrame.type: self = .refusal(try Refusal(from: decoder))
        case Greeting.type, Introduction.type, Acceptance.type: self = .handshake(type)
        default: self = .unknown(type)
        }
    }
}

/// Reads the JSON object of a payload.
struct PayloadReader: Sendable {
    private let decoder = JSONDecoder()

    /// What stands in a payload.
    func content<Message: WireMessage>(of payload: [UInt8]) -> Result<Content<Message>, Refusal> {
        if let message = Message.read(payload, decoder) { return .success(.message(message)) }
        return payload.withUnsafeBytes { read($0) }
    }

    /// A value of a payload's JSON, or the refusal `malformed`; the bytes are not copied.
    func read<Value: Decodable>(_ bytes: UnsafeRawBufferPointer) -> Result<Value, Refusal> {
        // The parser would take a byte order mark, and other encodings than UTF-8, for what they seem to be.
        guard let start = bytes.baseAddress, bytes.count >= 2, bytes[0] == UInt8(ascii: "{"), bytes[1] != 0 else {
            return .failure(
                Refusal(.malformed, "found a frame that does not begin with {, expected a JSON object in UTF-8"))
        }
        do {
            let data = Data(
                bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count, deallocator: .none)
            return .success(try decoder.decode(Value.self, from: data))
        } catch {
            let problem = (error as? DecodingError)?.summary ?? PeerText("\(error)", limit: 300).description
            return .failure(Refusal(.malformed, "found a frame that is not of the protocol: \(problem)"))
        }
    }
}
