// SPDX-License-Identifier: Apache-2.0

/// S3: the answer of GetBucketLocation is one element, whose text is the region; none means `us-east-1`.
struct BucketLocation: CallQuirk {
    func finish(_ output: inout AWSMembers, _ response: HTTPResponse, for input: AWSMembers) {
        guard let root = try? XMLReader.read(response.body) else { return }
        output["LocationConstraint"] = root.text.isEmpty ? .null : .string(root.text)
    }
}
