// SPDX-License-Identifier: Apache-2.0

/// S3: metadata travels in the header, so it must be ASCII.
struct ASCIIMetadata: CallQuirk {
    func prepare(_ input: inout AWSMembers) throws {
        for entry in input["Metadata"]?.structure ?? AWSMembers() {
            guard let value = entry.value.string else { continue }
            guard entry.name.utf8.contains(where: { $0 > 0x7F }) || value.utf8.contains(where: { $0 > 0x7F }) else {
                continue
            }
            throw AWSError(
                .invalidInput, code: "ParamValidation",
                message: "Parameter validation failed:\nNon ascii characters found in S3 metadata for key "
                    + "\"\(entry.name)\", value: \"\(value)\".  \nS3 metadata can only contain ASCII characters. ")
        }
    }
}
