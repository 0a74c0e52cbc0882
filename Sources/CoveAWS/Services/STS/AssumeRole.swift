// SPDX-License-Identifier: Apache-2.0

/// The input of STS AssumeRole, as the AWS STS API Reference names it.
public struct AssumeRoleInput: Sendable, Hashable {
    /// The role's ARN, path included.
    public var roleARN: String
    /// The session's name, `[\w+=,.@-]{2,64}`.
    public var sessionName: String
    /// A session policy (JSON) that narrows the role's permissions.
    public var policy: String?
    /// Managed policies that narrow the role's permissions.
    public var policyARNs: [String]
    /// The id that the role's trust policy may ask for.
    public var externalID: String?
    /// The session's length in seconds (900 to 43,200); nil for the service's default of an hour.
    public var durationSeconds: Int?
    /// The serial number or ARN of an MFA device.
    public var serialNumber: String?
    /// The code that the MFA device shows.
    public var tokenCode: String?

    /// Makes an input; all but the role and the session's name may be left out.
    public init(
        roleARN: String, sessionName: String, policy: String? = nil, policyARNs: [String] = [],
        externalID: String? = nil, durationSeconds: Int? = nil, serialNumber: String? = nil, tokenCode: String? = nil
    ) {
        self.roleARN = roleARN
        self.sessionName = sessionName
        self.policy = policy
        self.policyARNs = policyARNs
        self.externalID = externalID
        self.durationSeconds = durationSeconds
        self.serialNumber = serialNumber
        self.tokenCode = tokenCode
    }
}
