// SPDX-License-Identifier: Apache-2.0

import CoveKit

/// The users of an account, by path.
@Cove(roleName: "OrganizationAccountAccessRole")
func iamUsers(session: CoveSession, path: String = "/") async throws -> [String] {
    let iam = try session.client("iam")
    return try await iam.paginate("ListUsers", ["PathPrefix": .string(path)]).collect("Users[].UserName")
}

/// What is known of a bucket.
struct Bucket: Codable, Sendable {
    var name: String
    var isTagged: Bool
}

/// How the buckets of an account are held.
@Cove(slots: 10)
func buckets(session: CoveSession, required: [Tag]) async throws -> [Bucket] {
    let s3 = try session.client("s3")
    let names: [String] = try await s3.paginate("ListBuckets").collect("Buckets[].Name")
    var buckets: [Bucket] = []
    for name in names {
        buckets.append(Bucket(name: name, isTagged: try await tags(of: name, s3).isSuperset(of: required)))
    }
    return buckets
}

/// A tag that is asked for.
struct Tag: Codable, Sendable, Hashable {
    var key: String
    var value: String
}

private func tags(of bucket: String, _ s3: AWSClient) async throws -> Set<Tag> {
    do {
        let answer = try await s3.call("GetBucketTagging", ["Bucket": .string(bucket)])
        return Set(
            (answer.TagSet.list ?? []).map { Tag(key: $0.Key.string ?? "", value: $0.Value.string ?? "") })
    } catch let error as AWSError where error.code == "NoSuchTagSet" {
        return []
    }
}

/// Functions that belong together are static members of a type; what they are listed by begins with its name.
enum Setup {
    /// Makes a user for tests. It may run twice, and then finds that there is one.
    @Cove(includeCallingAccount: true)
    static func makeUser(session: CoveSession, named name: String) async throws {
        do {
            try await session.client("iam").createUser(UserName: "\(name)", Path: "/audited/")
        } catch let error as AWSError where error.code == "EntityAlreadyExists" {
            // An attempt may have been run before.
        }
    }
}
