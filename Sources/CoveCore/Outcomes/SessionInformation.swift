// SPDX-License-Identifier: Apache-2.0

/// The fifteen keys that botocove keeps of a target, in their order: what a function is told of its session, and what every entry of
/// the output begins with.
public struct SessionInformation: Sendable, Hashable {
    /// The account, and what is known of it.
    public var account: Account
    /// The role and how it was asked for.
    public var role: RoleSpecification
    /// Whether the role was assumed.
    public var assumeRoleSuccess: Bool
    /// The region; nil where the function runs without one.
    public var region: RegionName?
    /// The partition of the role's ARN; nil where it is not known yet.
    public var partition: String?
    /// Why the target failed, where it did.
    public var failure: Failure?
    /// What the function returned.
    public var result: JSONText?

    /// The information of a target.
    public init(
        account: Account, role: RoleSpecification, assumeRoleSuccess: Bool, region: RegionName?, partition: String?,
        failure: Failure? = nil, result: JSONText? = nil
    ) {
        self.account = account
        self.role = role
        self.assumeRoleSuccess = assumeRoleSuccess
        self.region = region
        self.partition = partition
        self.failure = failure
        self.result = result
    }

    /// The information as one JSON object with every key, `null` where there is no value.
    public var json: JSONText {
        var writer = JSONWriter()
        writer.beginObject()
        write(to: &writer, leavingOutNulls: false)
        writer.endObject()
        return JSONText(trusted: writer.bytes)
    }

    /// Writes the members of the object, without its braces.
    ///
    /// - Parameter leavingOutNulls: as in the output, where a key without a value does not appear.
    package func write(to writer: inout JSONWriter, leavingOutNulls: Bool) {
        func text(_ key: StaticString, _ value: String?) {
            if value == nil, leavingOutNulls { return }
            writer.key(key)
            if let value { writer.string(value) } else { writer.null() }
        }
        text("Id", account.id.rawValue)
        text("RoleName", role.name)
        text("RoleSessionName", role.sessionName)
        text("Policy", role.policy)
        if let arns = role.policyARNs {
            writer.key("PolicyArns")
            writer.beginArray()
            for arn in arns {
                writer.beginObject()
                writer.key("arn")
                writer.string(arn)
                writer.endObject()
            }
            writer.endArray()
        } else {
            text("PolicyArns", nil)
        }
        text("ExternalId", role.externalID)
        writer.key("AssumeRoleSuccess")
        writer.bool(assumeRoleSuccess)
        text("Region", region?.rawValue)
        text("Partition", partition)
        if let failure {
            writer.key("ExceptionDetails")
            failure.write(to: &writer)
        } else {
            text("ExceptionDetails", nil)
        }
        text("Name", account.name)
        text("Arn", account.arn)
        text("Email", account.email)
        text("Status", account.status ?? account.state)
        if let result, !(leavingOutNulls && result.isNull) {
            writer.key("Result")
            writer.value(result)
        } else {
            text("Result", nil)
        }
    }
}
