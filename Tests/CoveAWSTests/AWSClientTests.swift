// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

@Suite(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
struct AWSClientTests {
    private static let moto = Result { try MotoServer() }

    @Test func `an operation of every protocol is called by its name in any spelling`() async throws {
        let session = try Self.moto.get().session()
        let iam = try session.client("iam")
        try await iam.createUser(UserName: "ada", Path: "/a/")
        for answer in try await [
            iam.listUsers(PathPrefix: "/a/"), iam.list_users(PathPrefix: "/a/"), iam.ListUsers(PathPrefix: "/a/"),
            iam.call("list-users", ["PathPrefix": "/a/"]),
        ] {
            #expect(answer.Users[0].UserName == "ada")
            #expect(answer["ResponseMetadata"].isNull)
        }
        let s3 = try session.client("s3")
        try await s3.createBucket(
            Bucket: "cove-bucket", CreateBucketConfiguration: ["LocationConstraint": "eu-west-1"])
        try await s3.putObject(Bucket: "cove-bucket", Key: "a b/ü", Body: "text")
        let object = try await s3.getObject(Bucket: "cove-bucket", Key: "a b/ü")
        #expect(object.Body.blob == Array("text".utf8))
        let lambda = try session.client("lambda")
        #expect(try await lambda.listFunctions().Functions.list == [])
        let dynamo = try session.client("dynamodb")
        try await dynamo.createTable(
            TableName: "t", KeySchema: [["AttributeName": "k", "KeyType": "HASH"]],
            AttributeDefinitions: [["AttributeName": "k", "AttributeType": "S"]], BillingMode: "PAY_PER_REQUEST")
        try await dynamo.putItem(TableName: "t", Item: ["k": ["S": "a"]])
        #expect(try await dynamo.getItem(TableName: "t", Key: ["k": ["S": "a"]]).Item.k.S == "a")
        let ec2 = try session.client("ec2")
        #expect(try await ec2.describeVpcs().Vpcs[0].IsDefault == true)
    }

    @Test func `services and operations that there are not are refused with the nearest names`() async throws {
        let session = try Self.moto.get().session()
        let service = #expect(throws: AWSError.self) { try session.client("ian") }
        #expect(service?.message.contains("iam") == true, "\(String(describing: service))")
        let operation = await #expect(throws: AWSError.self) { try await session.client("iam").listUser() }
        #expect(operation?.code == "UnknownOperation")
        #expect(operation?.message.contains("ListUsers") == true)
    }

    @Test func `a refusal has the service's code and message`() async throws {
        let session = try Self.moto.get().session()
        let error = await #expect(throws: AWSError.self) {
            try await session.client("iam").getUser(UserName: "nobody")
        }
        #expect(error?.code == "NoSuchEntity")
        #expect(error?.operation == "IAM.GetUser")
        #expect(error?.attempts == 1)
    }
}
