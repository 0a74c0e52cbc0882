// SPDX-License-Identifier: Apache-2.0

/// Which quirks an operation has.
enum Quirks {
    /// The quirks in the order in which they change a request.
    static func of(_ operation: OperationModel, _ metadata: ServiceMetadata) -> [any CallQuirk] {
        if operation.isDiscovery { return [VersionHeader(version: metadata.apiVersion)] }
        return switch metadata.serviceID {
        case "S3": s3(operation)
        case "S3 Control": [AccountHostPrefix(operation)]
        case "IAM": PolicyDocuments(operation).map { [$0] } ?? []
        case "EC2": ec2(operation)
        case "Auto Scaling" where operation.name == "CreateLaunchConfiguration": [EncodedUserData()]
        case "CloudFormation" where operation.name == "GetTemplate": [TemplateBody()]
        case "CloudWatch Logs" where operation.name == "CreateExportTask":
            [ParameterAlias(name: "from", alias: "fromTime")]
        case "CloudSearch Domain" where operation.name == "Search":
            [ParameterAlias(name: "return", alias: "returnFields"), FormSearch()]
        case "Route 53": [ResourcePaths(operation)]
        case "Glacier": [GlacierRequest(operation, metadata)]
        case "API Gateway": [AcceptedType()]
        case "Machine Learning" where operation.name == "Predict": [PredictionEndpoint()]
        case "DynamoDB": [BodyCheck()]
        case "SSO OIDC": [OAuthErrors()]
        default: []
        }
    }

    /// The region that the service's signatures name whatever the client's region, where neither model nor endpoint rules say
    /// it.
    static func signingRegion(_ metadata: ServiceMetadata, region: String) -> String? {
        guard metadata.serviceID == "Health" else { return nil }
        return Partition.partition(forRegion: region).implicitGlobalRegion
    }

    private static func s3(_ operation: OperationModel) -> [any CallQuirk] {
        var quirks: [any CallQuirk] = [
            BucketAddress(), BucketRegion(operation: operation.name), EncryptionKeys(operation),
        ]
        switch operation.name {
        case "GetBucketLocation": quirks.append(BucketLocation())
        case "ListObjects", "ListObjectsV2", "ListObjectVersions": quirks.append(EncodedKeys())
        case "CopyObject": quirks += [CopySource(), ASCIIMetadata()] as [any CallQuirk]
        case "UploadPartCopy": quirks.append(CopySource())
        case "PutObject", "CreateMultipartUpload": quirks.append(ASCIIMetadata())
        default: break
        }
        quirks.append(ExpiresText(operation))
        if HiddenErrors.mayHide(operation) { quirks.append(HiddenErrors()) }
        return quirks
    }

    private static func ec2(_ operation: OperationModel) -> [any CallQuirk] {
        var quirks: [any CallQuirk] = []
        if operation.hasInput("Filter") { quirks.append(ParameterAlias(name: "Filter", alias: "Filters")) }
        switch operation.name {
        case "RunInstances": quirks.append(EncodedUserData())
        case "GetConsoleOutput": quirks.append(ConsoleOutput())
        default: break
        }
        return quirks
    }
}

extension OperationModel {
    /// Whether the input has a member of that name.
    func hasInput(_ name: String) -> Bool { input.map { graph[$0].member(name) != nil } ?? false }
}
