// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What the clients of one service in one region share: model, endpoints, and a plan for every operation that was called.
package final class ServiceCalls: Sendable {
    /// The service's name, `iam`.
    package let name: String
    /// The region that the user named; nil for a global service without one.
    package let region: String?
    let service: ModelStore.Service
    let endpoints: RuleEndpoints
    private let plans = Mutex<[String: CallPlan]>([:])

    init(_ service: ModelStore.Service, name: String, configuration: AWSConfiguration, region: String?) throws {
        self.name = name
        self.region = region
        self.service = service
        endpoints = RuleEndpoints(
            service, configuration: configuration, region: try Self.ruleRegion(service, configuration, region))
    }

    /// The plan of an operation in any spelling: `ListUsers`, `listUsers`, `list_users`, `list-users`.
    ///
    /// - Throws: `AWSError` (`.invalidInput`, `UnknownOperation`) with the nearest names when there is none.
    func plan(_ spelling: String) throws -> CallPlan {
        if let plan = plans.withLock({ $0[spelling] }) { return plan }
        guard let name = service.model.name(spelled: spelling), let operation = try service.model.operation(name) else {
            let near = NearNames.of(spelling, among: service.model.operationNames)
            throw AWSError(
                .invalidInput, code: "UnknownOperation",
                message: "\(self.name) has no operation \"\(spelling)\""
                    + (near.isEmpty ? "" : "; there are \(near.joined(separator: ", "))"))
        }
        let plan = CallPlan(operation, service.model.metadata)
        return plans.withLock { plans in
            // A name has few spellings, but a caller may make up many.
            if plans.count >= 4 * service.model.operationNames.count { plans = [:] }
            if let earlier = plans[name] {
                plans[spelling] = earlier
                return earlier
            }
            plans[name] = plan
            plans[spelling] = plan
            return plan
        }
    }

    /// The region that endpoint rules are told.
    ///
    /// A global service, of which the rules for no region in particular say where it lives, needs none.
    private static func ruleRegion(
        _ service: ModelStore.Service, _ configuration: AWSConfiguration, _ region: String?
    ) throws -> String {
        if let region {
            _ = try ServiceEndpoint.partition(of: region)
            return region
        }
        let global = PartitionTable.aws.globalRegion
        let endpoint = try? service.endpoints.resolve(["Region": .string(global)])
        if let signed = endpoint?.properties["authSchemes"][0]["signingRegion"].string, signed != global {
            return global
        }
        throw AWSError(
            .invalidInput, code: "NoRegion",
            message:
                "You must specify a region: \(service.model.name) has one endpoint for each; name it with --region, "
                + "AWS_DEFAULT_REGION or the profile's region")
    }
}

/// The services that a session and all that were made of it have called.
final class CallRegistry: Sendable {
    private struct Key: Hashable {
        var service: String
        var region: String?
    }

    /// What signs for all of them: keys are kept.
    let signer = RequestSigner()
    private let models: ModelStore
    private let configuration: AWSConfiguration
    private let known = Mutex<[Key: ServiceCalls]>([:])

    /// - Parameter configuration: the settings; its region is not looked at.
    init(_ models: ModelStore, _ configuration: AWSConfiguration) {
        self.models = models
        self.configuration = configuration
    }

    func calls(_ service: String, region: String?) throws -> ServiceCalls {
        let key = Key(service: service, region: region)
        if let calls = known.withLock({ $0[key] }) { return calls }
        let calls = try ServiceCalls(
            try models.service(service), name: service, configuration: configuration, region: region)
        return known.withLock { known in
            if let earlier = known[key] { return earlier }
            known[key] = calls
            return calls
        }
    }
}
