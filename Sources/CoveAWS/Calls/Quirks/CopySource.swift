// SPDX-License-Identifier: Apache-2.0

/// S3: what is copied is given as `bucket/key`, with `?versionId=…` behind it or not, or as bucket, key and version; the key is
/// percent-encoded.
struct CopySource: CallQuirk {
    private static let version = "?versionId="

    func prepare(_ input: inout AWSMembers) throws {
        switch input["CopySource"] {
        case .string(let text):
            let place = text.ranges(of: Self.version).last.flatMap { range in
                let id = text[range.upperBound...]
                return id.isEmpty || id.contains(where: \.isWhitespace) ? nil : range.lowerBound
            }
            input["CopySource"] = .string(
                Self.encoded(text[..<(place ?? text.endIndex)]) + text[(place ?? text.endIndex)...])
        case .structure(let source):
            guard let bucket = source["Bucket"]?.string, let key = source["Key"]?.string else {
                throw AWSError(
                    .invalidInput, code: "ParamValidation",
                    message: "Parameter validation failed:\nMissing required parameter: "
                        + (source["Bucket"] == nil ? "'Bucket'" : "'Key'"))
            }
            let object = BucketAddress.isAccessPoint(bucket) ? "\(bucket)/object/\(key)" : "\(bucket)/\(key)"
            let version = source["VersionId"]?.string.map { Self.version + $0 } ?? ""
            input["CopySource"] = .string(Self.encoded(object[...]) + version)
        default: break
        }
    }

    private static func encoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        PercentEncoding.append(text.utf8, keepingSlashes: true, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
