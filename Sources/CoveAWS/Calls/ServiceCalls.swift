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
    private let configuration: AWSConfiguration
    private let plans = Mutex<[String: CallPlan]>([:])
    private let moved = Mutex(Moved())

    /// What was found to be in other regions than the clients'.
    private struct Moved {
        var endpoints: [String: RuleEndpoints] = [:]
        var regions: [String: String] = [:]
        static let limit = 4_096
    }

    init(_ service: ModelStore.Service, name: String, configuration: AWSConfiguration, region: String?) throws {
        self.name = name
        self.region = region
        self.service = service
        self.configuration = configuration
        endpoints = Self.endpoints(service, configuration, try Self.ruleRegion(service, configuration, region))
    }

    private static func endpoints(
        _ service: ModelStore.Service, _ configuration: AWSConfiguration, _ region: String
    ) -> RuleEndpoints {
        let metadata = service.model.metadata
        let isConfigured = configuration.endpointURL(service: metadata.endpointID) != nil
        return RuleEndpoints(
            service, configuration: configuration, region: region,
            signingRegion: isConfigured ? nil : Quirks.signingRegion(metadata, region: region),
            adjust: metadata.serviceID == "S3" ? BucketAddress.parameters : nil)
    }

    /// The endpoints of a call: those of another region for a bucket that was found there.
    func endpoints(for plan: CallPlan, _ input: AWSMembers) -> RuleEndpoints {
        guard let bucket = input["Bucket"]?.string else { return endpoints }
        return moved.withLock { moved in moved.regions[bucket].flatMap { moved.endpoints[$0] } } ?? endpoints
    }

    /// The endpoints of another region, where a bucket is from now on.
    func endpoints(movedTo region: String, bucket: String) throws -> RuleEndpoints {
        let endpoints = try endpoints(in: region)
        moved.withLock { moved in
            if moved.regions.count >= Moved.limit { moved.regions = [:] }
            moved.regions[bucket] = region
        }
        return endpoints
    }

    /// The endpoints of another region.
    func endpoints(in region: String) throws -> RuleEndpoints {
        if let known = moved.withLock({ $0.endpoints[region] }) { return known }
        _ = try ServiceEndpoint.partition(of: region)
        let endpoints = Self.endpoints(service, configuration, region)
        moved.withLock { moved in
            if moved.endpoints.count >= Moved.limit { moved.endpoints = [:] }
            moved.endpoints[region] = endpoints
        }
        return endpoints
    }

    /// The plan of an operation in any spelling: `ListUsers`, `listUsers`, `list_users`, `list-users`.
    ///
    /// - Throws: `AWSError` (`.invalidInput`, `UnknownOperation`) with the nearest names when there is none.
    func plan(_ spelling: String) throws -> CallPlan {
        if let plan = plans.withLock({ $0[spelling] }) { return plan }
        let operation = try service.operation(spelled: spelling)
        let name = operation.name
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
    private let endpoints = Mutex<[Key: CallEndpoint]>([:])

    /// - Parameter configuration: the settings; of its region only those without a region of their own are told.
    init(_ models: ModelStore, _ configuration: AWSConfiguration) {
        self.models = models
        self.configuration = configuration
    }

    /// The endpoint of STS in a region, which needs no model.
    func stsEndpoint(region: String?) throws -> CallEndpoint {
        try endpoint(Key(service: "sts", region: region)) { try .sts(configuration, region: region) }
    }

    /// The endpoint of Organizations for a region's partition, which needs no model.
    func organizationsEndpoint(region: String?) throws -> CallEndpoint {
        try endpoint(Key(service: "organizations", region: region)) {
            try .organizations(configuration, region: region)
        }
    }

    private func endpoint(_ key: Key, _ make: () throws -> ServiceEndpoint) throws -> CallEndpoint {
        if let endpoint = endpoints.withLock({ $0[key] }) { return endpoint }
        let endpoint = CallEndpoint(try make())
        endpoints.withLock { $0[key] = endpoint }
        return endpoint
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
