// SPDX-License-Identifier: Apache-2.0

/// S3: the bucket's name stands in the model's paths, and the endpoint rules put it into host or path once more.
struct BucketAddress: CallQuirk {
    func path(_ path: String) -> String {
        guard path.hasPrefix("/{Bucket}") else { return path }
        let rest = path.dropFirst("/{Bucket}".count)
        return rest.hasPrefix("/") ? String(rest) : "/" + rest
    }
}
