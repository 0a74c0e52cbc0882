// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

/// The same words as botocore for what is wrong with parameters.
@Suite(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
struct ParameterValidatorTests {
    private static let cases: [(String, String, AWSValue)] = [
        ("iam", "CreateUser", [:]), ("iam", "CreateUser", ["UserName": 5]), ("iam", "CreateUser", ["UserName": ""]),
        ("iam", "CreateUser", ["UserName": nil]), ("iam", "CreateUser", ["UserName": true]),
        ("iam", "CreateUser", ["UserName": ["a", 1, 1.5, nil, "it's", "a\"b'c", "n\nl"]]),
        ("iam", "CreateUser", ["UserName": ["k": ["x": [], "y": [:]]]]),
        ("iam", "CreateUser", ["UserName": .blob([0, 39, 92, 255, 65])]),
        ("iam", "CreateUser", ["User": "a", "Pth": "b", "UserName": "c"]),
        ("iam", "CreateUser", ["UserName": "a", "Tags": [["Key": "k"], ["Value": 1, "Kee": 2], 3]]),
        ("iam", "CreateUser", ["UserName": "a", "Tags": "t"]), ("iam", "ListUsers", ["MaxItems": 0]),
        ("iam", "ListUsers", ["MaxItems": "1"]), ("iam", "ListUsers", ["MaxItems": 1.0]),
        ("iam", "ListUsers", ["Marker": "", "PathPrefix": "", "MaxItems": -7]),
        ("dynamodb", "PutItem", ["TableName": "t"]),
        ("dynamodb", "PutItem", ["TableName": "t", "Item": ["a": ["S": 1, "Z": 2]]]),
        ("dynamodb", "PutItem", ["TableName": "t", "Item": ["a": ["L": [["S": "x"], ["N": 5]]]]]),
        ("dynamodb", "PutItem", ["TableName": "t", "Item": ["a": ["B": 5]]]),
        ("dynamodb", "PutItem", ["TableName": "t", "Item": ["a": ["BOOL": "true"]]]),
        ("ec2", "RunInstances", ["MinCount": "one", "MaxCount": nil, "DryRun": 1]),
        ("ec2", "DescribeInstances", ["Filters": [["Name": 1, "Values": [1, "b", nil]]]]),
        ("ec2", "DescribeInstances", ["InstanceIds": "i-1"]), ("ec2", "DescribeInstances", ["InstanceIds": [1, 2]]),
        ("cloudwatch", "GetMetricData", ["StartTime": "soon", "EndTime": [], "MetricDataQueries": [:]]),
        ("lambda", "Invoke", ["Payload": 5]), ("lambda", "CreateFunction", ["Environment": ["Variables": ["A": 1]]]),
        ("s3", "PutObject", ["Bucket": "b", "Key": "", "Body": [1]]), ("s3", "PutObject", ["Key": "k"]),
        ("s3", "PutObject", ["Bucket": "not a bucket", "Key": "k"]),
        ("s3", "PutObject", ["Bucket": "b", "Key": "k", "Metadata": ["a": "ü"]]),
        ("kms", "Encrypt", ["KeyId": "", "Plaintext": "", "EncryptionContext": ["a": nil]]),
        ("organizations", "ListChildren", ["ParentId": 1, "ChildType": []]),
        ("sts", "AssumeRole", ["RoleArn": "short"]),
        ("bedrock-runtime", "Converse", ["modelId": "m", "messages": [["role": "user", "content": [[:]]]]]),
        (
            "bedrock-runtime", "Converse",
            ["modelId": "m", "messages": [["role": "user", "content": [["text": "a", "image": [:]]]]]]
        ),
        ("wafv2", "CreateWebACL", ["Name": "a", "Rules": [["Priority": -1, "Statement": ["NotStatement": [:]]]]]),
    ]

    @Test func `all that is wrong is told in botocore's words`() async throws {
        let sessions = CaseSessions()
        let cases = Self.cases.map { BotocoreCalls.Case(service: $0.0, operation: $0.1, input: $0.2) }
        let answers = try BotocoreCalls.answers(to: cases)
        for (testCase, theirs) in zip(cases, answers) {
            let ours = await sessions.answer(to: testCase)
            #expect(theirs["error"] == "ParamValidationError", "\(testCase.title)")
            #expect(ours["error"] == "ParamValidation", "\(testCase.title)")
            #expect(ours["message"] == theirs["message"], "\(testCase.title)")
        }
        print("parameters: \(cases.count) refusals in botocore's words")
    }
}
