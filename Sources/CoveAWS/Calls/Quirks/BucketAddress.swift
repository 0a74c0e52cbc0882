// SPDX-License-Identifier: Apache-2.0

/// S3: the bucket's name stands in the model's paths, and the endpoint rules put it into host or path once more; a name that
/// can be none is refused before.
struct BucketAddress: CallQuirk {
    func path(_ path: String) -> String {
        guard path.hasPrefix("/{Bucket}") else { return path }
        let rest = path.dropFirst("/{Bucket}".count)
        return rest.hasPrefix("/") ? String(rest) : "/" + rest
    }

    func prepare(_ input: inout AWSMembers) throws {
        guard let bucket = input["Bucket"]?.string else { return }
        let isName =
            (1...255).contains(bucket.utf8.count)
            && bucket.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || "._-".utf8.contains($0)
            }
        guard !isName, !Self.isAccessPoint(bucket) else { return }
        throw AWSError(
            .invalidInput, code: "ParamValidation",
            message:
                "Parameter validation failed:\nInvalid bucket name \"\(bucket)\": Bucket name must match the regex "
                + "\"^[a-zA-Z0-9.\\-_]{1,255}$\" or be an ARN matching the regex \"\(Self.accessPointPattern)\"")
    }

    /// Whether a name is the ARN of an access point, of S3, Object Lambda or Outposts.
    static func isAccessPoint(_ name: String) -> Bool {
        let parts = name.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws") else { return false }
        guard parts[4].utf8.count == 12, parts[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        let resource = parts[5].split(omittingEmptySubsequences: false) { $0 == "/" || $0 == ":" }
        switch parts[2] {
        case "s3", "s3-object-lambda": return resource.count == 2 && resource[0] == "accesspoint"
        case "s3-outposts": return resource.count == 4 && resource[0] == "outpost" && resource[2] == "accesspoint"
        default: return false
        }
    }

    /// botocore's own words.
    private static let accessPointPattern =
        #"^arn:(aws).*:(s3|s3-object-lambda):[a-z\-0-9]*:[0-9]{12}:accesspoint[/:][a-zA-Z0-9\-.]{1,63}$"#
        + #"|^arn:(aws).*:s3-outposts:[a-z\-0-9]+:[0-9]{12}:outpost[/:][a-zA-Z0-9\-]{1,63}[/:]accesspoint[/:]"#
        + #"[a-zA-Z0-9\-]{1,63}$"#

    /// What endpoint rules are told otherwise: the location of a bucket is asked for where any region answers, and no ARN can
    /// stand in a path.
    @Sendable static func parameters(_ operation: OperationModel, _ input: AWSMembers) -> [String: AWSValue] {
        if operation.name == "GetBucketLocation" { return ["ForcePathStyle": true] }
        if let bucket = input["Bucket"]?.string, bucket.hasPrefix("arn:") { return ["ForcePathStyle": false] }
        return [:]
    }
}
