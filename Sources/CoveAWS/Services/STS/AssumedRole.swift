// SPDX-License-Identifier: Apache-2.0

/// The output of STS AssumeRole.
public struct AssumedRole: Sendable, Equatable {
    /// The session's credentials, with their end.
    public let credentials: Credentials
    /// The session's ARN, `arn:aws:sts::111111111111:assumed-role/NAME/SESSION`; nil if the answer has none.
    public let assumedRoleARN: String?
    /// The session's id, `AROA…:SESSION`; nil if the answer has none.
    public let assumedRoleID: String?
    /// How full the session policy is, in percent; nil without one.
    public let packedPolicySize: Int?

    /// Makes an output out of its parts.
    public init(
        credentials: Credentials, assumedRoleARN: String? = nil, assumedRoleID: String? = nil,
        packedPolicySize: Int? = nil
    ) {
        self.credentials = credentials
        self.assumedRoleARN = assumedRoleARN
        self.assumedRoleID = assumedRoleID
        self.packedPolicySize = packedPolicySize
    }
}
