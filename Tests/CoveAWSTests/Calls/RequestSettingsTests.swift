// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

/// The same requests as botocore, or refusals, for settings and inputs that change where calls go and how they are signed.
@Suite(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
struct RequestSettingsTests {
    private typealias Case = BotocoreCalls.Case

    private static let identity = Case(service: "sts", operation: "GetCallerIdentity", input: [:])
    private static let users = Case(service: "iam", operation: "ListUsers", input: [:])
    private static let object = Case(
        service: "s3", operation: "GetObject", input: ["Bucket": "a-bucket", "Key": "k/e y+ü.txt"])

    private static func vary(_ base: Case, _ change: (inout Case) -> Void) -> Case {
        var changed = base
        change(&changed)
        return changed
    }

    /// The services whose endpoints are looked at with all settings.
    private static let varied: Set<String> = ["sts", "iam", "s3", "ec2"]

    private static var regions: [Case] {
        var cases: [Case] = []
        let services: [(String, String, AWSValue)] = [
            ("sts", "GetCallerIdentity", [:]), ("iam", "ListUsers", [:]), ("organizations", "ListAccounts", [:]),
            ("route53", "ListHostedZones", [:]), ("s3", "ListBuckets", [:]), ("ec2", "DescribeVpcs", [:]),
            ("dynamodb", "ListTables", [:]), ("health", "DescribeEvents", [:]),
            ("cloudfront", "ListDistributions", [:]),
            ("support", "DescribeServices", [:]), ("account", "GetContactInformation", [:]),
        ]
        let settings: [[String: String]] = [
            [:], ["AWS_USE_FIPS_ENDPOINT": "true"], ["AWS_USE_DUALSTACK_ENDPOINT": "true"],
            ["AWS_STS_REGIONAL_ENDPOINTS": "legacy"],
        ]
        for (service, operation, input) in services {
            for region in ["us-east-1", "eu-west-1", "ap-southeast-4", "cn-north-1", "us-gov-west-1", "us-iso-east-1"] {
                for environment in Self.varied.contains(service) ? settings : [[:]] {
                    cases.append(
                        Case(
                            service: service, operation: operation, input: input, region: region,
                            environment: environment))
                }
            }
            if service != "dynamodb", service != "ec2" {
                cases.append(Case(service: service, operation: operation, input: input, region: nil))
            }
        }
        return cases
    }

    private static var configured: [Case] {
        let services =
            "[default]\nservices = mine\nendpoint_url = http://all:81\n[services mine]\niam =\n  endpoint_url = http://iam:82/p\n"
        return [
            ["AWS_ENDPOINT_URL": "http://127.0.0.1:5000"], ["AWS_ENDPOINT_URL": "https://proxy.example/path/"],
            ["AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_IAM": "http://b:83"],
            ["AWS_ENDPOINT_URL_S3": "http://minio:9000"], ["AWS_ENDPOINT_URL_STS": "http://c/"],
            ["AWS_ENDPOINT_URL": "http://a", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"],
        ].flatMap { environment in
            [identity, users, object].map { base in vary(base) { $0.environment = environment } }
        } + [users, object].map { base in vary(base) { $0.config = services } }
    }

    private static var s3: [Case] {
        let blocks = [
            "addressing_style = path", "addressing_style = virtual", "use_accelerate_endpoint = true",
            "use_dualstack_endpoint = true", "us_east_1_regional_endpoint = regional", "use_arn_region = false",
            "payload_signing_enabled = true", "payload_signing_enabled = false",
        ]
        let point = "arn:aws:s3:us-west-2:123456789012:accesspoint:mine"
        let buckets: [AWSValue] = [
            "a-bucket", "with.dots", "Upper", "under_score", "ab", .string(point),
            "arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-1:accesspoint:mine",
            "arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/mine",
            "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap", "not a bucket", "bucket--usw2-az1--x-s3",
        ]
        var cases: [Case] = []
        for region in ["us-east-1", "eu-west-1"] {
            for bucket in buckets.dropLast() {
                for operation in ["GetObject", "HeadObject"] {
                    cases.append(
                        Case(
                            service: "s3", operation: operation, input: ["Bucket": bucket, "Key": "a//b/../c"],
                            region: region))
                }
                cases.append(
                    Case(service: "s3", operation: "GetBucketLocation", input: ["Bucket": bucket], region: region))
                for block in blocks {
                    cases.append(
                        Case(
                            service: "s3", operation: "GetObject", input: ["Bucket": bucket, "Key": "k"],
                            region: region, config: "[default]\ns3 =\n  \(block)\n"))
                }
            }
        }
        let put: AWSValue = [
            "Bucket": "a-bucket", "Key": "k", "Body": .blob(Array("body".utf8)), "Metadata": ["a": "b"],
        ]
        let tagging: AWSValue = [
            "Bucket": "a-bucket", "Key": "k", "Tagging": ["TagSet": [["Key": "a", "Value": "b<&>\""]]],
        ]
        for environment in [
            ["AWS_ENDPOINT_URL": "http://127.0.0.1:5000"],
            ["AWS_ENDPOINT_URL": "http://127.0.0.1:5000", "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"],
            ["AWS_RESPONSE_CHECKSUM_VALIDATION": "WHEN_REQUIRED", "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"],
        ] {
            cases.append(Case(service: "s3", operation: "PutObject", input: put, environment: environment))
            cases.append(Case(service: "s3", operation: "PutObjectTagging", input: tagging, environment: environment))
            cases.append(vary(object) { $0.environment = environment })
        }
        for source: AWSValue in [
            "b/k e+y", "b/k?versionId=v1", ["Bucket": "b", "Key": "k ü"], ["Bucket": .string(point), "Key": "k"],
            ["Bucket": "b", "Key": "k", "VersionId": "v"], ["Key": "k"],
        ] {
            cases.append(
                Case(service: "s3", operation: "CopyObject", input: ["Bucket": "c", "Key": "d", "CopySource": source]))
        }
        return cases
    }

    private static var others: [Case] {
        let data: AWSValue = .list(
            (0..<400).map { ["MetricName": .string("metric-\($0)"), "Value": .double(Double($0))] })
        let metrics = Case(
            service: "cloudwatch", operation: "PutMetricData", input: ["Namespace": "n", "MetricData": data])
        let copy = Case(
            service: "ec2", operation: "CopySnapshot",
            input: ["SourceRegion": "us-west-2", "SourceSnapshotId": "snap-1"])
        return [
            vary(metrics) { $0.environment = ["AWS_DISABLE_REQUEST_COMPRESSION": "true"] },
            vary(metrics) { $0.environment = ["AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "1048576"] },
            copy, vary(copy) { $0.environment = ["AWS_ENDPOINT_URL": "http://127.0.0.1:1"] },
            Case(
                service: "rds", operation: "CopyDBSnapshot",
                input: [
                    "SourceDBSnapshotIdentifier": "a", "TargetDBSnapshotIdentifier": "b", "SourceRegion": "us-east-2",
                ]),
            Case(
                service: "servicediscovery", operation: "DiscoverInstances",
                input: ["NamespaceName": "n", "ServiceName": "s"]),
            Case(
                service: "servicediscovery", operation: "DiscoverInstances",
                input: ["NamespaceName": "n", "ServiceName": "s"],
                environment: ["AWS_DISABLE_HOST_PREFIX_INJECTION": "true"]),
            Case(
                service: "s3control", operation: "GetAccessPoint", input: ["AccountId": "123456789012", "Name": "mine"]),
            Case(
                service: "sts", operation: "AssumeRoleWithWebIdentity",
                input: [
                    "RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "s", "WebIdentityToken": "t234",
                ],
                hasKeys: false),
            Case(service: "bedrock", operation: "ListFoundationModels", input: [:]),
            Case(
                service: "bedrock", operation: "ListFoundationModels", input: [:],
                environment: ["AWS_BEARER_TOKEN_BEDROCK": "token"]),
            Case(service: "codecatalyst", operation: "ListSpaces", input: [:], region: "us-west-2"),
            Case(
                service: "kinesis", operation: "DescribeStream",
                input: ["StreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/s"]),
            Case(
                service: "dynamodb", operation: "GetItem", input: ["TableName": "t", "Key": ["k": ["S": "v"]]],
                environment: ["AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled"]),
            Case(
                service: "events", operation: "PutEvents",
                input: ["Entries": [["Detail": "{}"]], "EndpointId": "abc.def"]),
        ]
    }

    private static var presigned: [Case] {
        [
            vary(identity) { $0.presign = (900, "GET") }, vary(users) { $0.presign = (3_600, "GET") },
            vary(users) { $0.presign = (604_800, nil) },
            Case(
                service: "ec2", operation: "DescribeInstances",
                input: ["Filters": [["Name": "a b", "Values": ["c", "d/e"]]]], presign: (60, "GET")),
            vary(object) {
                $0.presign = (60, nil)
                $0.config = "[default]\ns3 =\n  signature_version = s3v4\n  addressing_style = virtual\n"
            },
            Case(
                service: "s3", operation: "PutObject", input: ["Bucket": "a-bucket", "Key": "k", "ContentType": "a/b"],
                config: "[default]\ns3 =\n  signature_version = s3v4\n  addressing_style = virtual\n",
                presign: (60, nil)),
        ]
    }

    @Test func `settings and inputs change requests as they change botocore's`() async throws {
        try await compare(Self.regions + Self.configured + Self.s3 + Self.others, atLeast: 400)
    }

    @Test func `presigned URLs are botocore's`() async throws {
        try await compare(Self.presigned, atLeast: 6)
    }

    private func compare(_ cases: [BotocoreCalls.Case], atLeast count: Int) async throws {
        let sessions = CaseSessions()
        let answers = try BotocoreCalls.answers(to: cases)
        var refused = 0
        for (testCase, theirs) in zip(cases, answers) {
            let ours = await sessions.answer(to: testCase)
            if !ours["error"].isNull { refused += 1 }
            if let difference = RequestDifference.between(ours, theirs) {
                Issue.record("\(testCase.title)\n   \(difference.prefix(1_500))")
            }
        }
        print("requests: \(cases.count) calls as botocore's, \(refused) of them refused by both")
        #expect(answers.count == cases.count)
        #expect(cases.count >= count)
    }
}
