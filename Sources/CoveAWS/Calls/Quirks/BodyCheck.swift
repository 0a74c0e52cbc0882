// SPDX-License-Identifier: Apache-2.0

/// DynamoDB: answers carry the CRC-32 of their body; one that does not fit is asked for again.
struct BodyCheck: CallQuirk {
    func receive(_ response: HTTPResponse) throws -> HTTPResponse {
        guard let expected = response.header("x-amz-crc32").flatMap({ UInt32($0) }) else { return response }
        var check = CyclicChecksum(.crc32)
        check.add(response.body)
        let found = check.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard found != expected else { return response }
        throw AWSError(
            .unreadable, code: "ChecksumMismatch",
            message: "the answer's body has the CRC-32 \(found), and its header says \(expected)",
            requestID: response.requestID, httpStatus: response.status, isRetryable: true)
    }
}
