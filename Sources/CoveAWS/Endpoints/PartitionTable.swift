// SPDX-License-Identifier: Apache-2.0

/// The partitions and regions as botocore 1.44.5 knows them (its `partitions.json`).
enum PartitionTable {
    /// All partitions, in botocore's order.
    static let partitions = [aws, china, europeanSovereign, iso, isoB, isoE, isoF, govCloud]

    static let aws = Partition(
        id: "aws", dnsSuffix: "amazonaws.com", dualStackDNSSuffix: "api.aws",
        implicitGlobalRegion: "us-east-1", globalRegion: "aws-global",
        regions: [
            "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
            "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
            "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1",
            "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3",
            "il-central-1", "me-central-1", "me-south-1", "me-west-1", "mx-central-1", "sa-east-1",
            "sa-west-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
        ],
        prefixes: ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"])

    static let china = Partition(
        id: "aws-cn", dnsSuffix: "amazonaws.com.cn", dualStackDNSSuffix: "api.amazonwebservices.com.cn",
        implicitGlobalRegion: "cn-northwest-1", globalRegion: "aws-cn-global",
        regions: [
            "cn-north-1", "cn-northwest-1",
        ],
        prefixes: ["cn"])

    static let europeanSovereign = Partition(
        id: "aws-eusc", dnsSuffix: "amazonaws.eu", dualStackDNSSuffix: "api.amazonwebservices.eu",
        implicitGlobalRegion: "eusc-de-east-1", globalRegion: "aws-eusc-global",
        regions: [
            "eusc-de-east-1"
        ],
        prefixes: ["eusc-de"])

    static let iso = Partition(
        id: "aws-iso", dnsSuffix: "c2s.ic.gov", dualStackDNSSuffix: "api.aws.ic.gov",
        implicitGlobalRegion: "us-iso-east-1", globalRegion: "aws-iso-global",
        regions: [
            "us-iso-east-1", "us-iso-west-1",
        ],
        prefixes: ["us-iso"])

    static let isoB = Partition(
        id: "aws-iso-b", dnsSuffix: "sc2s.sgov.gov", dualStackDNSSuffix: "api.aws.scloud",
        implicitGlobalRegion: "us-isob-east-1", globalRegion: "aws-iso-b-global",
        regions: [
            "us-isob-east-1", "us-isob-west-1",
        ],
        prefixes: ["us-isob"])

    static let isoE = Partition(
        id: "aws-iso-e", dnsSuffix: "cloud.adc-e.uk", dualStackDNSSuffix: "api.cloud-aws.adc-e.uk",
        implicitGlobalRegion: "eu-isoe-west-1", globalRegion: "aws-iso-e-global",
        regions: [
            "eu-isoe-west-1"
        ],
        prefixes: ["eu-isoe"])

    static let isoF = Partition(
        id: "aws-iso-f", dnsSuffix: "csp.hci.ic.gov", dualStackDNSSuffix: "api.aws.hci.ic.gov",
        implicitGlobalRegion: "us-isof-south-1", globalRegion: "aws-iso-f-global",
        regions: [
            "us-isof-east-1", "us-isof-south-1",
        ],
        prefixes: ["us-isof"])

    static let govCloud = Partition(
        id: "aws-us-gov", dnsSuffix: "amazonaws.com", dualStackDNSSuffix: "api.aws",
        implicitGlobalRegion: "us-gov-west-1", globalRegion: "aws-us-gov-global",
        regions: [
            "us-gov-east-1", "us-gov-west-1",
        ],
        prefixes: ["us-gov"])
}
