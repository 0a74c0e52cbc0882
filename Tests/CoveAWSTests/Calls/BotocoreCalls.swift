// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

@testable import CoveAWS

/// What botocore sends, or says, for calls; and what Cove does for the same.
enum BotocoreCalls {
    struct Case: Sendable {
        var service: String
        var operation: String
        var input: AWSValue
        var region: String? = "eu-west-1"
        var environment: [String: String] = [:]
        var config = ""
        var hasKeys = true
        /// The seconds and the method of a presigned URL that is wanted instead of a request.
        var presign: (seconds: Int, method: String?)?

        var json: AWSValue {
            [
                "service": .string(service), "operation": .string(operation), "input": coded(input),
                "presign": presign.map {
                    ["seconds": .integer(Int64($0.seconds)), "method": $0.method.map { .string($0) } ?? .null]
                } ?? .null,
                "region": region.map { .string($0) } ?? .null, "keys": .bool(hasKeys), "config": .string(config),
                "environment": .structure(
                    environment.reduce(into: AWSMembers()) { $0[$1.key] = .string($1.value) }),
            ]
        }

        var title: String {
            "\(service) \(operation) \(input.jsonText().prefix(200)) \(region ?? "no region") \(environment) \(config)"
        }
    }

    /// botocore's answers to cases.
    static func answers(to cases: [Case]) throws -> [AWSValue] {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let question = folder.appendingPathComponent("cases.json")
        let answer = folder.appendingPathComponent("answers.json")
        try Data(AWSValue.list(cases.map(\.json)).jsonText().utf8).write(to: question)
        try run([question.path, answer.path])
        return try #require(AWSValue(json: JSONReader.read(Array(Data(contentsOf: answer))))["answers"].list)
    }

    /// Two made-up calls of every operation of some services, with botocore's answers, read one by one.
    static func survey(_ services: [String], body: (Case, AWSValue) throws -> Void) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let answer = folder.appendingPathComponent("answers.json")
        try run(["--survey", answer.path] + services)
        for line in Array(try Data(contentsOf: answer)).split(separator: UInt8(ascii: "\n")) {
            let value = AWSValue(json: try JSONReader.read(Array(line)))
            try body(
                Case(
                    service: value["case"]["service"].string ?? "", operation: value["case"]["operation"].string ?? "",
                    input: decoded(value["case"]["input"])), value["answer"])
        }
    }

    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func run(_ arguments: [String]) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("botocore_calls.py")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BotocoreReference.interpreter ?? "")
        process.arguments = [script.path] + arguments
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BotocoreReference.Failure(status: process.terminationStatus)
        }
    }

    // MARK: Values as JSON

    private static func coded(_ value: AWSValue) -> AWSValue {
        switch value {
        case .blob(let bytes): ["$blob": .string(Base64.encode(bytes))]
        case .timestamp(let seconds): ["$time": .double(seconds)]
        case .list(let elements): .list(elements.map(coded))
        case .structure(let members):
            .structure(members.reduce(into: AWSMembers()) { $0[$1.name] = coded($1.value) })
        default: value
        }
    }

    private static func decoded(_ value: AWSValue) -> AWSValue {
        switch value {
        case .list(let elements): return .list(elements.map(decoded))
        case .structure(let members):
            if members.count == 1, let text = members["$blob"]?.string { return .blob(Base64.decode(text) ?? []) }
            if members.count == 1, let seconds = members["$time"]?.double { return .timestamp(seconds) }
            return .structure(members.reduce(into: AWSMembers()) { $0[$1.name] = decoded($1.value) })
        default: return value
        }
    }
}

// MARK: - Cove's side

/// Sends nothing: what would be sent is what it throws.
private struct NoTransport: HTTPTransport {
    struct Sent: Error { var request: HTTPRequest }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse { throw Sent(request: request) }
}

/// Sessions of cases, by their settings.
final class CaseSessions: Sendable {
    private let models = ModelStore(folders: [BotocoreReference.data])
    private let known = Mutex<[String: AWSSession]>([:])

    /// Cove's answer to a case, in the same form as botocore's.
    func answer(to testCase: BotocoreCalls.Case) async -> AWSValue {
        do {
            let client = try session(for: testCase).client(testCase.service, region: testCase.region)
            if let presign = testCase.presign {
                let url = try await client.presign(
                    testCase.operation, testCase.input.structure ?? [:], validFor: .seconds(presign.seconds),
                    method: presign.method)
                return ["method": .string(presign.method ?? ""), "url": .string(url), "headers": [:], "body": ""]
            }
            _ = try await client.call(testCase.operation, testCase.input)
            return ["error": "Nothing"]
        } catch let sent as NoTransport.Sent {
            let request = sent.request
            var headers = AWSMembers()
            for field in request.headers.fields {
                headers[field.name] = .string((headers[field.name]?.string.map { $0 + "," } ?? "") + field.value)
            }
            return [
                "method": .string(request.method.rawValue), "url": .string(request.url),
                "headers": .structure(headers), "body": .string(Base64.encode(request.body)),
            ]
        } catch let error as AWSError {
            return ["error": .string(error.code), "message": .string(error.message)]
        } catch {
            return ["error": "\(error)"]
        }
    }

    private func session(for testCase: BotocoreCalls.Case) throws -> AWSSession {
        let key = "\(testCase.environment.sorted { $0.key < $1.key }) \(testCase.config) \(testCase.hasKeys)"
        if let session = known.withLock({ $0[key] }) { return session }
        var environment = ["AWS_CONFIG_FILE": "/config", "AWS_SHARED_CREDENTIALS_FILE": "/none"]
        environment.merge(testCase.environment) { _, new in new }
        let config = Array(testCase.config.utf8)
        let configuration = try AWSConfiguration.resolve(
            environment: environment,
            files: ConfigurationFiles(read: { $0 == "/config" ? config : nil }, home: { _ in nil }))
        let session = try AWSSession(
            configuration: configuration,
            credentials: StaticCredentials(
                Credentials(
                    accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")),
            transport: NoTransport(), models: models,
            environment: CallEnvironment(
                now: { 1_440_938_160 }, random: { 1 }, uuid: { "11111111-2222-4333-8444-555555555555" },
                sleep: { _ in }))
        known.withLock { $0[key] = session }
        return session
    }
}
