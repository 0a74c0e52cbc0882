// SPDX-License-Identifier: Apache-2.0

/// What endpoint rules are told of the user's settings, as botocore tells it.
struct EndpointBuiltIns {
    /// Values by the name of the built-in, `AWS::Region`.
    private(set) var values: [String: AWSValue] = [:]

    init(_ configuration: AWSConfiguration, _ metadata: ServiceMetadata, region: String) {
        let settings = configuration.services
        let override = configuration.endpointURL(service: metadata.endpointID)
        values["AWS::Region"] = .string(region)
        values["AWS::UseFIPS"] = .bool(configuration.useFIPS)
        let isS3 = metadata.endpointPrefix == "s3" || metadata.endpointPrefix == "s3-control"
        let isDualStack = isS3 ? settings.s3.useDualStack ?? configuration.useDualStack : configuration.useDualStack
        values["AWS::UseDualStack"] = .bool(isDualStack)
        values["SDK::Endpoint"] = override.map { .string($0) }
        values["AWS::STS::UseGlobalEndpoint"] = .bool(
            configuration.stsRegionalEndpoints == .legacy && ServiceEndpoint.legacySTSRegions.contains(region))
        values["AWS::Auth::AccountIdEndpointMode"] = .string(settings.accountIDEndpointMode.rawValue)
        values["AWS::S3::Accelerate"] = .bool(settings.s3.useAccelerate)
        values["AWS::S3::ForcePathStyle"] = .bool(Self.isPathStyle(settings.s3, override: override))
        values["AWS::S3::UseArnRegion"] = .bool(settings.s3.useARNRegion ?? true)
        values["AWS::S3Control::UseArnRegion"] = .bool(settings.s3.useARNRegion ?? false)
        values["AWS::S3::DisableMultiRegionAccessPoints"] = .bool(settings.s3.disableMultiRegionAccessPoints)
        values["AWS::S3::UseGlobalEndpoint"] = .bool(
            region == "us-east-1" && !settings.s3.useRegionalEndpointInUSEast1)
        if let disabled = settings.s3.disableExpressSessionAuth {
            values["AWS::S3::DisableS3ExpressSessionAuth"] = .bool(disabled)
        }
    }

    /// Whether a bucket stands in the path: S3 look-alikes behind a configured endpoint seldom answer to other host names.
    private static func isPathStyle(_ s3: ServiceSettings.S3, override: String?) -> Bool {
        if s3.useAccelerate { return false }
        if let override, !override.contains("s3-accelerate") { return s3.addressingStyle != .virtual }
        return s3.addressingStyle == .path
    }
}
