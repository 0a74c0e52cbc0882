// SPDX-License-Identifier: Apache-2.0

/// EC2, RDS, Neptune and DocumentDB: what copies from another region sends along a presigned URL of the same call there.
struct CrossRegionCopy: Sendable {
    /// The parameter that the URL goes to.
    let urlMember: String
    /// Whether the service itself knows `SourceRegion`, rather than only its clients.
    let isSourceSent: Bool

    private static let lifetime = 3_600
    private static let relational: Set<String> = [
        "CopyDBClusterSnapshot", "CreateDBCluster", "CopyDBSnapshot", "CreateDBInstanceReadReplica",
        "StartDBInstanceAutomatedBackupsReplication",
    ]

    /// How an operation copies; nil when it does not.
    init?(_ operation: OperationModel, _ metadata: ServiceMetadata) {
        switch metadata.serviceID {
        case "EC2" where operation.name == "CopySnapshot":
            urlMember = "PresignedUrl"
            isSourceSent = true
        case "RDS", "Neptune", "DocDB":
            guard Self.relational.contains(operation.name), operation.hasInput("SourceRegion") else { return nil }
            urlMember = "PreSignedUrl"
            isSourceSent = false
        default: return nil
        }
    }

    /// The input with the URL.
    func completed(
        _ input: AWSMembers, _ plan: CallPlan, _ pipeline: CallPipeline, at calls: ServiceCalls
    ) async throws -> AWSMembers {
        guard let source = input["SourceRegion"]?.string else { return input }
        var completed = input
        if !isSourceSent { completed["SourceRegion"] = nil }
        guard input[urlMember] == nil else { return completed }
        let target = calls.endpoints.region
        completed[urlMember] = .string(
            try await pipeline.presigned(
                plan, completed, at: calls.endpoints(in: source), seconds: Self.lifetime, method: "GET",
                adding: [("DestinationRegion", target)]))
        if isSourceSent { completed["DestinationRegion"] = .string(target) }
        return completed
    }
}
