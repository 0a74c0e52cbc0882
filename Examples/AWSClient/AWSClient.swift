// SPDX-License-Identifier: Apache-2.0

import CoveKit
import Foundation

/// The examples of docs/aws-client.md, one after the other.
@main
struct Examples {
    static func main() async throws {
        let session = try session()
        try await users(session)
        try await pages(session)
        try await errors(session)
        try await files(session)
        try await urls(session)
    }

    /// A session of the environment's credentials, with the models of the botocore that `python3` would find.
    static func session() throws -> AWSSession {
        let environment = ProcessInfo.processInfo.environment
        let credentials = Credentials(
            accessKeyID: environment["AWS_ACCESS_KEY_ID"] ?? "",
            secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
            sessionToken: environment["AWS_SESSION_TOKEN"])
        let configuration = try AWSConfiguration.resolve(environment: environment)
        let session = try AWSSession(
            configuration: configuration, credentials: StaticCredentials(credentials),
            modelFolders: botocoreFolders(environment))
        return session
    }

    static func botocoreFolders(_ environment: [String: String]) -> [String] {
        let programs = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return programs.flatMap { folder in
            let library = folder + "/../lib"
            let pythons = (try? FileManager.default.contentsOfDirectory(atPath: library)) ?? []
            return pythons.map { "\(library)/\($0)/site-packages/botocore/data" }
        }
    }

    static func users(_ session: AWSSession) async throws {
        let iam = try session.client("iam")
        try await iam.createUser(UserName: "ada", Path: "/engineers/")
        let answer = try await iam.listUsers(PathPrefix: "/engineers/")  // also list_users, ListUsers
        for user in answer.Users.list ?? [] {
            print(user.UserName.string ?? "", user.Arn.string ?? "")
        }

        let input: AWSMembers = ["UserName": "ada", "Tags": [["Key": "team", "Value": "engines"]]]
        _ = try await iam.call("TagUser", input)
    }

    static func pages(_ session: AWSSession) async throws {
        let iam = try session.client("iam")
        for try await page in iam.paginate("ListUsers", pageSize: 100) {
            print(page.Users.list?.count ?? 0)
        }
        let names: [String] = try await iam.paginate("ListUsers").collect("Users[].UserName")
        print(names)
    }

    static func errors(_ session: AWSSession) async throws {
        let iam = try session.client("iam")
        do {
            try await iam.getUser(UserName: "nobody")
        } catch let error as AWSError where error.code == "NoSuchEntity" {
            print(error.message, error.attempts)
        }
    }

    static func files(_ session: AWSSession) async throws {
        let folder = FileManager.default.temporaryDirectory.path
        try Data("a,b\n".utf8).write(to: URL(fileURLWithPath: folder + "/report.csv"))
        let s3 = try session.client("s3", region: "us-east-1")
        try await s3.createBucket(Bucket: "cove-example-reports")
        try await s3.call(
            "PutObject", ["Bucket": "cove-example-reports", "Key": "report.csv"], sending: folder + "/report.csv")
        try await s3.call(
            "GetObject", ["Bucket": "cove-example-reports", "Key": "report.csv"], saving: folder + "/copy.csv")
    }

    static func urls(_ session: AWSSession) async throws {
        let s3 = try session.client("s3", region: "us-east-1")
        let url = try await s3.presign(
            "GetObject", ["Bucket": "cove-example-reports", "Key": "report.csv"], validFor: .seconds(900))
        print(url.prefix { $0 != "?" })
    }
}
