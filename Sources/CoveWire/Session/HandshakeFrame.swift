// SPDX-License-Identifier: Apache-2.0

/// A frame of the handshake, as far as it could be read.
enum HandshakeFrame: Sendable {
    case greeting(Greeting)
    /// The version that the peer chose, which says whether the rest can be understood at all.
    case introduction(version: Int, Result<Introduction, Refusal>)
    case acceptance(Acceptance)
    case refusal(Refusal)
    /// Another frame, by its type.
    case other(String)
}

extension HandshakeFrame: Decodable {
    private enum Key: String, CodingKey {
        case type
        case version = "protocol"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let type = try container.decode(String.self, forKey: .type)
        switch type {
        case Greeting.type: self = .greeting(try Greeting(from: decoder))
        case Introduction.type:
            let version = try container.decode(Int.self, forKey: .version)
            do {
                self = .introduction(version: version, .success(try Introduction(from: decoder)))
            } catch let error as DecodingError {
                let problem = "found an introduction that is not of the protocol: \(error.summary)"
                self = .introduction(version: version, .failure(Refusal(.malformed, problem)))
            }
        case Acceptance.type: self = .acceptance(try Acceptance(from: decoder))
        case RefusalFrame.type: self = .refusal(try Refusal(from: decoder))
        default: self = .other(PeerText(type, limit: 64).description)
        }
    }

    /// The frame's name in a sentence, with its article.
    var name: String {
        switch self {
        case .greeting: "a greeting"
        case .introduction: "an introduction"
        case .acceptance: "an acceptance"
        case .refusal: "a refusal"
        case .other(let type): "a frame of type \"\(type)\""
        }
    }
}
