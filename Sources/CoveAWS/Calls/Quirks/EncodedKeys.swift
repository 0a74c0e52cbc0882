// SPDX-License-Identifier: Apache-2.0

/// S3: keys may hold what XML cannot, so listings ask for them percent-encoded, and give them decoded.
struct EncodedKeys: CallQuirk {
    func prepare(_ input: inout AWSMembers) throws {
        if input["EncodingType"] == nil { input["EncodingType"] = "url" }
    }

    func finish(_ output: inout AWSMembers, _ response: HTTPResponse, for input: AWSMembers) {
        // Who asked for encoded keys gets them encoded.
        guard output["EncodingType"] == "url", input["EncodingType"] == nil else { return }
        for name in ["Delimiter", "Marker", "NextMarker", "Prefix", "StartAfter", "KeyMarker", "NextKeyMarker"] {
            if let text = output[name]?.string { output[name] = .string(Self.decoded(text)) }
        }
        for (name, member) in [
            ("Contents", "Key"), ("Versions", "Key"), ("DeleteMarkers", "Key"), ("CommonPrefixes", "Prefix"),
        ] {
            guard let elements = output[name]?.list else { continue }
            output[name] = .list(
                elements.map { element in
                    guard var members = element.structure, let text = members[member]?.string else { return element }
                    members[member] = .string(Self.decoded(text))
                    return .structure(members)
                })
        }
    }

    /// The text with `+` for a blank and percent signs decoded.
    private static func decoded(_ text: String) -> String {
        let blanks = text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: PercentEncoding.decoded(blanks), as: UTF8.self)
    }
}
