// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import Testing

@testable import CoveKit

/// The caller's way to AWS, before any call is made.
@Suite struct AWSAccessTests {
    private static let keys = ["AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"]

    private static func access(_ variables: [String: String], home: TemporaryFolder) throws -> AWSAccess {
        var variables = variables
        variables["HOME"] = home.path
        return try AWSAccess(environment: .sample(variables), profile: nil)
    }

    @Test func `the default region is that of the environment, or none`() throws {
        let home = try TemporaryFolder()
        #expect(try Self.access(Self.keys, home: home).defaultRegion == nil)
        let set = Self.keys.merging(["AWS_DEFAULT_REGION": "eu-west-1"]) { $1 }
        #expect(try Self.access(set, home: home).defaultRegion == RegionName("eu-west-1"))
    }

    @Test func `calls are tried five times, unless the environment says otherwise`() throws {
        let home = try TemporaryFolder()
        #expect(try Self.access(Self.keys, home: home).session.configuration.maxAttempts == 5)
        let set = Self.keys.merging(["AWS_MAX_ATTEMPTS": "2"]) { $1 }
        #expect(try Self.access(set, home: home).session.configuration.maxAttempts == 2)
    }

    @Test func `a caller's region is where its calls go, and not where functions are`() throws {
        let caller = AWSAccess.Caller(credentials: .init(accessKeyID: "A", secretAccessKey: "s"), region: "eu-west-1")
        let environment = ProcessEnvironment.sample(["AWS_DEFAULT_REGION": "us-east-1"])
        let access = try AWSAccess(environment: environment, profile: nil, caller: caller)
        #expect(access.session.configuration.region == "eu-west-1")
        #expect(access.defaultRegion == RegionName("us-east-1"))
    }

    @Test func `without credentials there is no access`() throws {
        let home = try TemporaryFolder()
        let error = #expect(throws: AWSError.self) {
            _ = try Self.access(["AWS_EC2_METADATA_DISABLED": "true"], home: home)
        }
        #expect(error.map { CommandFailure($0).status } == .unavailable)
    }
}
