// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import FoundationEssentials

/// A worker's wish for the next part of an artefact.
package struct ArtefactRequest: Sendable, Hashable, Codable {
    /// What is fetched.
    package var artefact: ArtefactReference
    /// How many of its bytes the worker has.
    package var offset: Int

    package init(artefact: ArtefactReference, offset: Int) {
        self.artefact = artefact
        self.offset = offset
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        artefact = try container.decode(ArtefactReference.self, forKey: .artefact)
        offset = try container.decode(0...ArtefactLimits.archive, forKey: .offset)
    }
}

/// The answer to an `ArtefactRequest`.
package struct ArtefactPart: Sendable, Hashable {
    /// What the worker gets of the artefact.
    package enum Content: Sendable, Hashable {
        /// The bytes from the offset on, 1 to `ArtefactLimits.part`.
        case bytes([UInt8])
        /// Nothing, now or later; why.
        case problem(String)
    }

    package var artefact: ArtefactReference
    package var offset: Int
    package var content: Content

    package init(artefact: ArtefactReference, offset: Int, content: Content) {
        self.artefact = artefact
        self.offset = offset
        self.content = content
    }
}

extension ArtefactPart: Codable {
    private enum Key: String, CodingKey {
        case artefact, offset, data, problem
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        artefact = try container.decode(ArtefactReference.self, forKey: .artefact)
        offset = try container.decode(0...ArtefactLimits.archive, forKey: .offset)
        if let problem = try container.decodeIfPresent(String.self, forKey: .problem) {
            content = .problem(problem)
        } else {
            content = .bytes(try container.decode(PartBytes.self, forKey: .data).bytes)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(artefact, forKey: .artefact)
        try container.encode(offset, forKey: .offset)
        switch content {
        case .bytes(let bytes): try container.encode(PartBytes(bytes), forKey: .data)
        case .problem(let problem): try container.encode(problem, forKey: .problem)
        }
    }
}

/// The bytes of a part of an artefact: a string in base64.
struct PartBytes: Sendable, Hashable, Codable {
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let data = Data(base64Encoded: try container.decode(String.self)),
            (1...ArtefactLimits.part).contains(data.count)
        else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected 1 to \(ArtefactLimits.part) bytes in base64")
        }
        bytes = Array(data)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(bytes).base64EncodedString())
    }
}
