// SPDX-License-Identifier: Apache-2.0

/// Where a service's requests go and what their signatures name.
package struct ServiceEndpoint: Sendable, Hashable {
    /// Scheme, host, port and base path.
    package let origin: HTTPOrigin
    /// Region and service of the signature.
    package let scope: SigningScope

    /// Makes an endpoint of a URL.
    package init(url: String, signingRegion: String, service: String) throws {
        origin = try HTTPOrigin(url)
        scope = SigningScope(region: signingRegion, service: service)
    }
}

extension ServiceEndpoint {
    /// The endpoint of STS as botocore 1.44.5 resolves it: the region's own, `sts.amazonaws.com` for `aws-global`, for no
    /// region, and with the `legacy` setting for the regions that existed before 2019.
    ///
    /// - Parameter region: the region; nil for the configuration's.
    package static func sts(_ configuration: AWSConfiguration, region: String? = nil) throws -> ServiceEndpoint {
        let region = region ?? configuration.region ?? PartitionTable.aws.globalRegion
        if let override = try override(configuration, service: "sts", region: region) { return override }
        let isPlain = !configuration.useFIPS && !configuration.useDualStack
        let isGlobal =
            region == PartitionTable.aws.globalRegion
            || (configuration.stsRegionalEndpoints == .legacy && legacySTSRegions.contains(region))
        if isPlain, isGlobal {
            return try ServiceEndpoint(url: "https://sts.amazonaws.com", signingRegion: "us-east-1", service: "sts")
        }
        let partition = try partition(of: region)
        // GovCloud's plain endpoints are the validated ones.
        let isGovFIPS = partition.id == "aws-us-gov" && configuration.useFIPS && !configuration.useDualStack
        let name = configuration.useFIPS && !isGovFIPS ? "sts-fips" : "sts"
        let suffix = configuration.useDualStack ? partition.dualStackDNSSuffix : partition.dnsSuffix
        return try ServiceEndpoint(
            url: "https://\(name).\(region).\(suffix)",
            signingRegion: region == PartitionTable.aws.globalRegion ? "us-east-1" : region, service: "sts")
    }

    /// The endpoint of Organizations as botocore 1.44.5 resolves it: one for a partition, in its global region.
    ///
    /// - Parameter region: a region of the partition; nil for the configuration's.
    package static func organizations(
        _ configuration: AWSConfiguration, region: String? = nil
    ) throws -> ServiceEndpoint {
        let region = region ?? configuration.region ?? PartitionTable.aws.globalRegion
        if let override = try override(configuration, service: "organizations", region: region) { return override }
        let partition = try partition(of: region)
        let name = configuration.useFIPS && partition.id != "aws-us-gov" ? "organizations-fips" : "organizations"
        let suffix = configuration.useDualStack ? partition.dualStackDNSSuffix : partition.dnsSuffix
        let home = partition.implicitGlobalRegion
        return try ServiceEndpoint(
            url: "https://\(name).\(home).\(suffix)", signingRegion: home, service: "organizations")
    }

    /// The endpoint that the configuration names for the service, signed for the region as it is, as botocore does; where
    /// botocore wants a region to be given, `us-east-1` is taken.
    private static func override(
        _ configuration: AWSConfiguration, service: String, region: String
    ) throws -> ServiceEndpoint? {
        guard let url = configuration.endpointURL(service: service) else { return nil }
        if configuration.useFIPS || configuration.useDualStack {
            let feature = configuration.useFIPS ? "FIPS" : "dual-stack"
            throw AWSError(
                .invalidInput, code: "InvalidConfiguration",
                message: "\(feature) endpoints and the configured endpoint \(url) exclude each other; unset one of them"
            )
        }
        let isGlobal = region == PartitionTable.aws.globalRegion
        return try ServiceEndpoint(url: url, signingRegion: isGlobal ? "us-east-1" : region, service: service)
    }

    /// The region's partition, when the region can be part of a host name.
    static func partition(of region: String) throws -> Partition {
        let isLabel = region.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || $0 == 0x2D
        }
        guard isLabel, !region.isEmpty, region.utf8.count <= 63, region.first != "-", region.last != "-" else {
            throw AWSError(
                .invalidInput, code: "InvalidRegion",
                message: "\"\(region)\" is no region's name; expected one such as eu-west-1")
        }
        return Partition.partition(forRegion: region)
    }

    static let legacySTSRegions: Set<String> = [
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "aws-global", "ca-central-1",
        "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2",
        "us-west-1", "us-west-2",
    ]
}
