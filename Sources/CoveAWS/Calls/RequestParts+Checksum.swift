// SPDX-License-Identifier: Apache-2.0

extension RequestParts {
    /// Adds the checksum that the operation wants, or takes, of the body; the caller's own stays.
    ///
    /// - Returns: the field that holds the checksum; nil when there is none.
    mutating func addChecksum(
        _ operation: OperationModel, _ input: AWSMembers, _ use: ServiceSettings.ChecksumUse
    ) throws -> String? {
        if let given = headers.fields.first(where: { Self.isChecksum($0.name) }) { return given.name }
        let member = operation.checksum?.algorithmMember
        let algorithm: BodyChecksum
        if let member, let name = input[member]?.string {
            guard let known = BodyChecksum(rawValue: name.lowercased()) else {
                throw AWSError(
                    .invalidInput, code: "UnsupportedChecksum",
                    message: "Unsupported checksum algorithm: \(name.lowercased()); expected "
                        + BodyChecksum.allCases.map { $0.rawValue.uppercased() }.joined(separator: ", "))
            }
            algorithm = known
        } else if operation.isChecksumRequired || operation.checksum?.isRequired == true
            || (member != nil && use == .whenSupported)
        {
            algorithm = .crc32
            let shape = operation.input.map { operation.graph[$0] }
            if let field = member.flatMap({ shape?.member($0)?.traits.locationName }) { headers.set(field, "CRC32") }
        } else {
            return nil
        }
        headers.set(algorithm.field, try algorithm.text(payload))
        return algorithm.field
    }

    /// Whether a field is named as one of a checksum: `x-amz-checksum-` and letters or digits.
    private static func isChecksum(_ name: String) -> Bool {
        let prefix = "x-amz-checksum-"
        return name.hasPrefix(prefix) && name.dropFirst(prefix.count).allSatisfy { $0.isLetter || $0.isNumber }
    }

    /// Packs the body where the operation takes that and it is large enough.
    mutating func compress(_ operation: OperationModel, _ settings: ServiceSettings) throws {
        guard operation.isCompressible, settings.compressesRequests, bodyFile == nil,
            body.count >= settings.smallestCompressed
        else { return }
        body = try Gzip.pack(body)
        headers.set("content-encoding", headers["content-encoding"].map { "\($0),gzip" } ?? "gzip")
    }
}

extension CallPlan {
    /// Checks an answer's body against the checksum that came with it, if there is one that is known.
    ///
    /// A checksum of checksums, `…-3`, which S3 has of objects that came in parts, cannot be checked.
    ///
    /// - Throws: `AWSError` (`.unreadable`, `ChecksumMismatch`).
    func verify(_ response: HTTPResponse, _ body: RequestBody, for input: AWSMembers) throws {
        guard let checksum = operation.checksum, let mode = checksum.validationModeMember, input[mode] != nil else {
            return
        }
        for algorithm in BodyChecksum.allCases
        where checksum.responseAlgorithms.contains(algorithm.rawValue.uppercased()) {
            guard let expected = response.header(algorithm.field), !expected.contains("-") else { continue }
            let found = try algorithm.text(body)
            guard found != expected else { return }
            throw AWSError(
                .unreadable, code: "ChecksumMismatch",
                message: "Expected checksum \(expected) did not match calculated checksum: \(found)",
                requestID: response.requestID, httpStatus: response.status, isRetryable: true)
        }
    }
}
