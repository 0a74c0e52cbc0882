// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveAWS
import CoveCore
import CoveWorker

/// `cove call`: an operation of any AWS service.
struct CallCommand: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "call",
            abstract: "Call an operation of an AWS service in every account and region.",
            usage: "\(Program.current.name) call [options] <service> <operation>",
            discussion: """
                Services and operations are spelled as in the AWS CLI (list-users) or the API (ListUsers). A result is what \
                the AWS CLI prints: all pages of a listing, filtered by --query; an operation that answers nothing has none. \
                Bytes, such as the body of an object, are base64.

                \(Program.current.name) call iam list-users --query 'Users[].UserName'
                \(Program.current.name) call ec2 describe-vpcs --regions eu-west-1,us-east-1
                \(Program.current.name) call iam get-user --input '{"UserName": "ada"}' --output table
                \(Program.current.name) call ec2 describe-instances --input @running.json

                Names, input and query are checked by the services' models before anything is sent; `\(Program.current.name) models` tells \
                where they are found and installs them.
                An attempt may be run twice when a process dies: make changes idempotent, or say --at-most-once.
                """)
    }

    @Argument(help: "The service, such as iam or ec2.")
    var service: String
    @Argument(help: "The operation, such as list-users.")
    var operation: String
    @OptionGroup(title: "What") var call: CallOptions
    @OptionGroup(title: "Where, and as whom") var target: TargetOptions
    @OptionGroup(title: "How") var execution: ExecutionOptions
    @OptionGroup(title: "Results") var output: OutputOptions
    @OptionGroup var detach: DetachOptions
    @OptionGroup var place: PlaceOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let call = call.resolve(service: service, operation: operation, &reader)
        var request = RunRequest(
            environment: environment, target: target, execution: execution, output: output, place: place,
            detach: detach, console: console, reader: &reader)
        let models = ModelStore(folders: ModelFolders(environment: environment).all)
        let prepared = try prepare(call, models, isRemote: request.isRemote, &reader)
        try reader.check()
        var function = call
        if let prepared {
            function.operation = prepared.operation
            request.warnings += Self.warnings(try models.service(prepared.service), request.target.regions)
        }
        request.function = .call(function)
        try await request.start()
    }

    /// The call, held against the models that are here; nil where only a coordinator's workers may have them, or when it is wrong,
    /// which is left with the reader.
    private func prepare(
        _ call: CallSpecification, _ models: ModelStore, isRemote: Bool, _ reader: inout SettingReader
    ) throws -> PreparedCall? {
        do {
            return try PreparedCall(call, models: models)
        } catch let request as InvalidRequest {
            for problem in request.problems { reader.add(problem: problem) }
            return nil
        } catch let error as AWSError where error.code == "NoModels" && isRemote {
            return nil
        } catch {
            // What the request lacks is told first.
            try reader.check()
            throw error
        }
    }

    /// A warning where regions share an endpoint: the same would be asked several times.
    private static func warnings(_ service: ModelStore.Service, _ regions: [RegionName]?) -> [String] {
        let shared = service.regionsOfOneEndpoint(among: (regions ?? []).map(\.rawValue))
        guard !shared.isEmpty else { return [] }
        return [
            "\(service.model.name) has one endpoint for \(shared.joined(separator: ", ")): every account is asked there "
                + "once for each of them; one region is enough"
        ]
    }
}
