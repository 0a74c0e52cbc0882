// SPDX-License-Identifier: Apache-2.0

/// Glacier: requests name the API's version, the account may be left out, and uploads carry two hashes of their body.
struct GlacierRequest: CallQuirk {
    private let version: String
    private let isUpload: Bool

    init(_ operation: OperationModel, _ metadata: ServiceMetadata) {
        version = metadata.apiVersion
        isUpload = operation.name == "UploadArchive" || operation.name == "UploadMultipartPart"
    }

    func prepare(_ input: inout AWSMembers) throws {
        if (input["accountId"] ?? .null).isNull { input["accountId"] = "-" }
    }

    func complete(_ request: inout RequestParts) throws {
        request.headers.set("x-amz-glacier-version", version)
        guard isUpload else { return }
        if request.headers["x-amz-content-sha256"] == nil {
            let hash = Hexadecimal.text(try request.payload.digest(.sha256))
            request.headers.set("x-amz-content-sha256", String(decoding: hash, as: UTF8.self))
        }
        if request.headers["x-amz-sha256-tree-hash"] == nil {
            request.headers.set("x-amz-sha256-tree-hash", try treeHash(request.payload))
        }
    }

    /// The hash of the hashes of each MiB, joined in pairs until one is left.
    private func treeHash(_ body: RequestBody) throws -> String {
        var hashes: [[UInt8]] = []
        try body.forEachPart { part in
            for start in stride(from: 0, to: part.count, by: 1 << 20) {
                hashes.append(try Digest.sha256(Array(part[start..<min(part.count, start + 1 << 20)])))
            }
        }
        if hashes.isEmpty { hashes = [try Digest.sha256([])] }
        while hashes.count > 1 {
            hashes = try stride(from: 0, to: hashes.count, by: 2).map { index in
                index + 1 < hashes.count ? try Digest.sha256(hashes[index] + hashes[index + 1]) : hashes[index]
            }
        }
        return String(decoding: Hexadecimal.text(hashes[0]), as: UTF8.self)
    }
}
