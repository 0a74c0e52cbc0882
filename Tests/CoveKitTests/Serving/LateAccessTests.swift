// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCoordinator
import CoveCore
import CoveWire
import Testing

@testable import CoveKit

/// The coordinator's way to AWS, found when it is needed.
@Suite struct LateAccessTests {
    private let place: TemporaryFolder

    init() throws { place = try TemporaryFolder() }

    private func access(_ variables: [String: String] = [:], profile: String? = nil) -> LateAccess {
        let files = [
            "AWS_CONFIG_FILE": place.file("config"), "AWS_SHARED_CREDENTIALS_FILE": place.file("credentials"),
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-west-1",
        ]
        return LateAccess(environment: .sample(files.merging(variables) { _, new in new }), profile: profile)
    }

    @Test func `the default region needs no credentials`() throws {
        #expect(try access().defaultRegion() == RegionName("eu-west-1"))
    }

    @Test func `a profile that is not there is told before anything is served`() {
        #expect(throws: AWSError.self) { try access(profile: "nope").defaultRegion() }
    }

    @Test func `missing credentials are told as the coordinator's, and looked for again`() throws {
        let access = access(profile: "audit")
        let specification = RunSpecification(function: .native("f"))
        _ = try place.write("config", "[profile audit]\nregion = eu-west-1\n".utf8)
        let failure = try #require(throws: RequestFailure.self) { try access.directory(for: specification) }
        #expect(failure.code == .unavailable)
        #expect(failure.problems[0].hasPrefix("the coordinator finds no way to AWS: NoCredentials"))
        _ = try place.write(
            "credentials", "[audit]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n".utf8)
        #expect(try access.directory(for: specification) is AWSDirectory)
    }

    @Test func `a run may not name the credentials that the coordinator uses`() throws {
        let access = access(["AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"])
        let specification = RunSpecification(function: .native("f"), profile: "admin")
        let failure = try #require(throws: RequestFailure.self) { try access.directory(for: specification) }
        #expect(failure.code == .invalidRequest)
        #expect(
            failure.problems == [
                "the run names the profile \"admin\": a coordinator uses its own credentials; leave --profile out"
            ])
    }
}
