// SPDX-License-Identifier: Apache-2.0

/// The role that is assumed in every target account, and how.
public struct RoleSpecification: Sendable, Hashable, Codable {
    /// The role's name, with its path where it has one: `OrganizationAccountAccessRole`, `audit/Reader`.
    public var name: String
    /// The session's name, `[\w+=,.@-]{2,64}`.
    public var sessionName: String
    /// A session policy (JSON).
    public var policy: String?
    /// Managed policies that narrow the session; nil where none was asked for.
    public var policyARNs: [String]?
    /// The id that the role's trust policy may ask for.
    public var externalID: String?
    /// The session's length in seconds, 900 to 43,200; nil for AWS's default of an hour.
    public var durationSeconds: Int?

    /// The role that Organizations makes in every account that it creates.
    public static let defaultName = "OrganizationAccountAccessRole"

    /// How long a session may be, in seconds, as STS has it.
    package static let durationRange = 900...43_200

    /// A role; the session's name is by default the role's last segment, cleaned to what STS accepts.
    public init(
        name: String = RoleSpecification.defaultName, sessionName: String? = nil, policy: String? = nil,
        policyARNs: [String]? = nil, externalID: String? = nil, durationSeconds: Int? = nil
    ) {
        self.name = name
        self.sessionName = sessionName ?? Self.sessionName(forRole: name)
        self.policy = policy
        self.policyARNs = policyARNs
        self.externalID = externalID
        self.durationSeconds = durationSeconds
    }

    /// The role's ARN in an account.
    public func arn(in account: AccountID, partition: String) -> String {
        "arn:\(partition):iam::\(account):role/\(name)"
    }

    /// The last segment of a role's name in the characters and length of STS's `RoleSessionName`.
    public static func sessionName(forRole name: String) -> String {
        let last = name.split(separator: "/").last.map(String.init) ?? name
        let clean = String(last.unicodeScalars.map { isSessionNameScalar($0) ? Character($0) : "-" }.prefix(64))
        return clean.utf8.count >= 2 ? clean : (clean + "--").prefix(2).description
    }

    /// Whether STS accepts a character in a session's name (`[\w+=,.@-]`, ASCII).
    static func isSessionNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "+", "=", ",", ".", "@", "-": true
        default: false
        }
    }
}

extension RoleSpecification {
    /// As `[\w+=,.@:\/-]{2,1224}`.
    private static func isExternalID(_ text: String) -> Bool {
        (2...1_224).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { isSessionNameScalar($0) || $0 == ":" || $0 == "/" }
    }

    /// What is wrong with the specification, in sentences; empty when STS will accept its form.
    ///
    /// The rules are those of the AWS STS API Reference (AssumeRole) and of IAM role names and paths.
    public var problems: [String] {
        var found: [String] = []
        let segments = name.split(separator: "/", omittingEmptySubsequences: false)
        let isNamed = segments.allSatisfy { segment in
            !segment.isEmpty && segment.unicodeScalars.allSatisfy(Self.isSessionNameScalar)
        }
        if !isNamed || (segments.last?.utf8.count ?? 0) > 64 || name.utf8.count > 512 {
            found.append(
                "role-name \"\(name)\" is not a role's name: expected up to 64 letters, digits and +=,.@-_, "
                    + "with an optional path such as audit/Reader")
        }
        if !(2...64).contains(sessionName.utf8.count)
            || !sessionName.unicodeScalars.allSatisfy(Self.isSessionNameScalar)
        {
            found.append(
                "role-session-name \"\(sessionName)\" is not valid: expected 2 to 64 letters, digits and +=,.@-_")
        }
        if let durationSeconds, !Self.durationRange.contains(durationSeconds) {
            let (least, most) = (Self.durationRange.lowerBound, Self.durationRange.upperBound)
            found.append("duration \(durationSeconds) is out of range: expected \(least) to \(most) seconds")
        }
        if let externalID, !Self.isExternalID(externalID) {
            found.append("external-id is not valid: expected 2 to 1224 letters, digits and +=,.@:/-_")
        }
        if let policy {
            if case .failure(let problem) = JSONText.checked(Array(policy.utf8)) {
                found.append("policy is not JSON: \(problem)")
            } else if policy.utf8.first(where: { !JSONText.isSpace($0) }) != UInt8(ascii: "{") {
                found.append("policy is not a JSON object: expected an IAM policy document")
            }
        }
        for arn in policyARNs ?? [] where !arn.hasPrefix("arn:") || arn.utf8.count < 20 {
            found.append(
                "policy ARN \"\(arn)\" is not an ARN: expected one such as arn:aws:iam::aws:policy/ReadOnlyAccess")
        }
        if let count = policyARNs?.count, count > 10 {
            found.append("\(count) policy ARNs were given: STS takes at most 10")
        }
        return found
    }
}
