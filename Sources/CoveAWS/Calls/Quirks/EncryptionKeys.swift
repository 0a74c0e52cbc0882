// SPDX-License-Identifier: Apache-2.0

/// S3: a customer's encryption key is sent in base64, with the MD5 of its bytes.
struct EncryptionKeys: CallQuirk {
    private let prefixes: [String]

    init(_ operation: OperationModel) {
        prefixes = ["SSECustomer", "CopySourceSSECustomer"].filter { operation.hasInput($0 + "KeyMD5") }
    }

    func prepare(_ input: inout AWSMembers) throws {
        for prefix in prefixes where input[prefix + "KeyMD5"] == nil {
            guard let key = input[prefix + "Key"], key.string != nil || key.blob != nil else { continue }
            let bytes = WireText.bytes(key)
            input[prefix + "Key"] = .string(Base64.encode(bytes))
            input[prefix + "KeyMD5"] = .string(Base64.encode(try Digest.hash(.md5, bytes)))
        }
    }
}
