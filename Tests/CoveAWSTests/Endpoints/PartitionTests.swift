// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

struct PartitionTests {
    @Test(arguments: [
        ("eu-west-1", "aws"), ("mx-central-1", "aws"), ("us-future-99", "aws"), ("aws-global", "aws"),
        ("cn-north-1", "aws-cn"), ("cn-new_1-3", "aws-cn"), ("aws-cn-global", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"), ("us-gov-new-7", "aws-us-gov"), ("us-iso-east-1", "aws-iso"),
        ("us-isob-west-9", "aws-iso-b"), ("eu-isoe-west-1", "aws-iso-e"), ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"), ("eusc-de-west-2", "aws-eusc"), ("xx-made-up-1", "aws"), ("", "aws"),
        ("us-gov-west", "aws"),
    ])
    func `a region belongs to a partition by its name or its name's form`(_ region: String, _ partition: String) {
        #expect(Partition.partition(forRegion: region).id == partition)
    }

    @Test func `a region's form belongs to one partition only`() {
        for region in Partition.allRegions + ["us-future-99", "us-gov-new-7", "us-isob-new-1", "eu-isoe-new-1"] {
            #expect(Partition.all.filter { $0.matches(region) }.count == 1, "\(region)")
        }
    }

    @Test func `the table holds every region of botocore 1_44_5`() {
        #expect(
            Partition.all.map(\.id) == [
                "aws", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-us-gov",
            ])
        #expect(Partition.all.map(\.regions.count) == [36, 2, 1, 2, 2, 1, 2, 2])
        #expect(Partition.knows(region: "eu-west-1"))
        #expect(!Partition.knows(region: "eu-wset-1"))
        #expect(!Partition.knows(region: "aws-global"))
        #expect(Partition.named("aws-cn")?.implicitGlobalRegion == "cn-northwest-1")
        #expect(Partition.named("aws-mars") == nil)
    }
}
