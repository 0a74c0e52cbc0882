// SPDX-License-Identifier: Apache-2.0

@testable import CoveAWS

/// Where two requests, or a request and a refusal, differ in what a service would see.
enum RequestDifference {
    /// Fields that say who sends, or how the request is framed.
    private static let ignored: Set<String> = ["user-agent", "content-length", "expect", "host", "transfer-encoding"]

    /// What differs, in words; nil for no difference.
    static func between(_ ours: AWSValue, _ theirs: AWSValue) -> String? {
        if !ours["error"].isNull || !theirs["error"].isNull {
            if ours["error"].isNull != theirs["error"].isNull {
                return "ours: \(ours.jsonText().prefix(400))\n  theirs: \(theirs.jsonText().prefix(400))"
            }
            return nil
        }
        if ours["method"] != theirs["method"] { return "method \(ours.method) \(theirs.method)" }
        if ours["url"] != theirs["url"] { return "url\n   \(ours.url)\n   \(theirs.url)" }
        let ourBody = Base64.decode(ours["body"].string ?? "") ?? []
        let theirBody = Base64.decode(theirs["body"].string ?? "") ?? []
        let type = theirs["headers"]["content-type"].string ?? ""
        if !isSame(ourBody, theirBody, type: type) {
            return "body\n   \(String(decoding: ourBody.prefix(600), as: UTF8.self))\n   "
                + String(decoding: theirBody.prefix(600), as: UTF8.self)
        }
        return headers(ours["headers"], theirs["headers"], isBodySame: ourBody == theirBody)
    }

    private static func headers(_ ours: AWSValue, _ theirs: AWSValue, isBodySame: Bool) -> String? {
        let names = Set((ours.structure?.names ?? []) + (theirs.structure?.names ?? [])).subtracting(ignored)
        // The signature last: it differs with whatever else does.
        for name in names.subtracting(["authorization"]).sorted() + ["authorization"] {
            var left = ours[name].string
            var right = theirs[name].string
            if !isBodySame, name.hasPrefix("x-amz-checksum") || name == "x-amz-content-sha256" {
                left = left.map { _ in "" }
                right = right.map { _ in "" }
            }
            if name == "authorization", !isBodySame {
                left = left.map { String($0.split(separator: ", Signature").first ?? "") }
                right = right.map { String($0.split(separator: ", Signature").first ?? "") }
            }
            if left != right { return "header \(name)\n   \(left ?? "absent")\n   \(right ?? "absent")" }
        }
        return nil
    }

    private static func isSame(_ ours: [UInt8], _ theirs: [UInt8], type: String) -> Bool {
        if ours == theirs { return true }
        if type.contains("cbor"), let left = try? CBORReader.read(ours), let right = try? CBORReader.read(theirs) {
            return left.isSame(as: right)
        }
        if type.contains("form-urlencoded") {
            return fields(ours) == fields(theirs)
        }
        if let left = try? JSONReader.read(ours), let right = try? JSONReader.read(theirs) {
            return AWSValue(json: left).isSame(as: AWSValue(json: right))
        }
        if let left = try? XMLReader.read(ours), let right = try? XMLReader.read(theirs) {
            return plain(left) == plain(right)
        }
        return false
    }

    private static func fields(_ form: [UInt8]) -> [String] {
        String(decoding: form, as: UTF8.self).split(separator: "&").map {
            String(
                decoding: PercentEncoding.decoded(Array($0.map { $0 == "+" ? " " : String($0) }.joined().utf8)),
                as: UTF8.self)
        }.sorted()
    }

    /// An element without the order of its attributes.
    private static func plain(_ element: XMLElement) -> String {
        let attributes = element.attributes.map { "\($0.name)=\($0.value)" }.sorted().joined(separator: " ")
        return "<\(element.name) \(attributes)>\(element.text)\(element.children.map(plain).joined())</>"
    }
}
