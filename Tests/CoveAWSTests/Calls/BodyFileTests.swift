// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Foundation
import Testing

@testable import CoveAWS

@Suite(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
struct BodyFileTests {
    private static let moto = Result { try MotoServer() }

    /// A folder of the test's own, and 3 MiB in it that are not all the same.
    private static func folder() throws -> (folder: URL, source: URL, bytes: Data) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let source = folder.appendingPathComponent("source")
        var generator = SeededGenerator(seed: 7)
        let bytes = Data((0..<(3 << 17)).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } })
        try bytes.write(to: source)
        return (folder, source, bytes)
    }

    @Test func `an object goes from a file and comes to a file`() async throws {
        let (folder, source, bytes) = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let s3 = try Self.moto.get().session().client("s3")
        try await s3.createBucket(
            Bucket: "files", CreateBucketConfiguration: ["LocationConstraint": "eu-west-1"])
        try await s3.call("PutObject", ["Bucket": "files", "Key": "a"], sending: source.path)
        let target = folder.appendingPathComponent("target")
        let answer = try await s3.call("GetObject", ["Bucket": "files", "Key": "a"], saving: target.path)
        #expect(answer.ContentLength == .integer(Int64(bytes.count)))
        #expect(answer.Body.isNull)
        #expect(try Data(contentsOf: target) == bytes)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["source", "target"])
    }

    @Test func `a refusal leaves the former file as it was`() async throws {
        let (folder, source, bytes) = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let s3 = try Self.moto.get().session().client("s3")
        let error = await #expect(throws: AWSError.self) {
            try await s3.call("GetObject", ["Bucket": "no-such", "Key": "a"], saving: source.path)
        }
        #expect(error?.code == "NoSuchBucket")
        #expect(try Data(contentsOf: source) == bytes)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["source"])
    }

    @Test func `an operation without such a body, and a file that is none, are refused`() async throws {
        let session = try Self.moto.get().session()
        let none = await #expect(throws: AWSError.self) {
            try await session.client("iam").call("ListUsers", saving: "/tmp/cove-never")
        }
        #expect(none?.code == "NoStreamingBody")
        let missing = await #expect(throws: AWSError.self) {
            try await session.client("s3").call("PutObject", ["Bucket": "b", "Key": "k"], sending: "/tmp/none-such")
        }
        #expect(missing?.code == "UnreadableFile")
    }
}
