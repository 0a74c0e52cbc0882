// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport

@testable import CoveWorker

/// A service of AWS that a test answers for, with its model and paginators in a folder, and sessions that call it.
final class CallWorkshop: Sendable {
    let server: LocalHTTPServer
    let folder: TestFolder
    let aws: AWSSession
    let executor: CallExecutor

    /// A workshop.
    ///
    /// - Parameter answer: what the service answers to an input, which is JSON.
    init(
        hasModels: Bool = true, resultBytes: Int = 1 << 20,
        _ answer: @escaping @Sendable (_ input: String) -> LocalHTTPServer.Answer = { _ in .text("{}") }
    ) throws {
        folder = try TestFolder()
        server = try LocalHTTPServer { answer($0.text) }
        if hasModels { try Self.writeModels(into: folder) }
        let configuration = try AWSConfiguration.resolve(
            environment: [
                "AWS_ENDPOINT_URL": server.url, "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": "eu-west-1",
            ], files: .table([:]))
        aws = try AWSSession(
            configuration: configuration,
            credentials: StaticCredentials(Credentials(accessKeyID: "AKIACALLER", secretAccessKey: "caller's secret")),
            modelFolders: [folder.path])
        executor = CallExecutor(limits: ProgramLimits(resultBytes: resultBytes))
    }

    /// A call, held against the model.
    func prepare(_ call: CallSpecification) throws -> PreparedCall {
        try PreparedCall(call, models: ModelStore(folders: [folder.path]))
    }

    /// A session of a run in account 1.
    ///
    /// - Parameter provider: gives its credentials; nil for some that do not end.
    func session(of run: RunID, provider: (any CredentialProvider)? = nil) throws -> CoveSession {
        let credentials = Credentials(accessKeyID: "ASIA1", secretAccessKey: "secret of 1")
        let information = SessionInformation(
            account: .sample(1), role: RoleSpecification(), assumeRoleSuccess: true,
            region: RegionName("eu-west-1"), partition: "aws")
        return CoveSession(
            run: run, information: information, initialCredentials: credentials,
            provider: provider ?? StaticCredentials(credentials), aws: aws)
    }

    /// The result of a call, as text, in a run of its own.
    func result(_ call: CallSpecification) async throws -> String? {
        var generator = SystemRandomNumberGenerator()
        let run = RunID(startingAt: Timestamp(milliseconds: 1), using: &generator)
        return try await executor.run(call, in: session(of: run))?.text
    }

    private static func writeModels(into folder: TestFolder) throws {
        try folder.makeFolder("shelf/2020-01-01")
        try folder.write(
            "shelf/2020-01-01/service-2.json",
            """
            {"metadata": {"protocol": "json", "jsonVersion": "1.1", "targetPrefix": "Shelf", "serviceId": "Shelf",
              "endpointPrefix": "shelf", "signatureVersion": "v4", "apiVersion": "2020-01-01"},
             "operations": {
              "ListBooks": {"name": "ListBooks", "http": {"method": "POST", "requestUri": "/"},
                "input": {"shape": "ListBooksRequest"}, "output": {"shape": "ListBooksResponse"}},
              "PutBook": {"name": "PutBook", "http": {"method": "POST", "requestUri": "/"},
                "input": {"shape": "Book"}}},
             "shapes": {
              "ListBooksRequest": {"type": "structure", "members": {
                "Marker": {"shape": "String"}, "Count": {"shape": "Integer"}, "Topic": {"shape": "String"}}},
              "ListBooksResponse": {"type": "structure", "members": {
                "Books": {"shape": "Books"}, "Owner": {"shape": "String"}, "Next": {"shape": "String"}}},
              "Books": {"type": "list", "member": {"shape": "Book"}},
              "Book": {"type": "structure", "required": ["Title"], "members": {
                "Title": {"shape": "String"}, "Cover": {"shape": "Blob"}, "Bought": {"shape": "Timestamp"}}},
              "String": {"type": "string"}, "Integer": {"type": "integer"}, "Blob": {"type": "blob"},
              "Timestamp": {"type": "timestamp"}}}
            """)
        try folder.write(
            "shelf/2020-01-01/paginators-1.json",
            """
            {"pagination": {"ListBooks": {"input_token": "Marker", "output_token": "Next", "limit_key": "Count",
              "result_key": "Books", "non_aggregate_keys": ["Owner"]}}}
            """)
        try folder.write(
            "shelf/2020-01-01/endpoint-rule-set-1.json",
            """
            {"version": "1.0", "parameters": {"Region": {"type": "String", "builtIn": "AWS::Region"},
              "Endpoint": {"type": "String", "builtIn": "SDK::Endpoint"}},
             "rules": [
              {"type": "endpoint", "conditions": [{"fn": "isSet", "argv": [{"ref": "Endpoint"}]}],
               "endpoint": {"url": {"ref": "Endpoint"}, "properties": {}, "headers": {}}},
              {"type": "endpoint", "conditions": [{"fn": "isSet", "argv": [{"ref": "Region"}]}],
               "endpoint": {"url": "https://shelf.{Region}.amazonaws.com", "properties": {}, "headers": {}}}]}
            """)
    }
}
