// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Where the calls of a client go, of services that must be asked for that first (Timestream).
final class EndpointDiscovery: Sendable {
    private let known = Mutex<(origin: HTTPOrigin, until: Int64)?>(nil)

    /// The origin to call; asks the service when nothing is known, or what is known is out of date.
    func origin(_ pipeline: CallPipeline, at calls: ServiceCalls) async throws -> HTTPOrigin {
        let now = pipeline.environment.now()
        if let known = known.withLock({ $0 }), known.until > now { return known.origin }
        let answer = try await pipeline.call(try calls.plan("DescribeEndpoints"), [:], at: calls)
        let endpoint = answer.output["Endpoints"]?[0] ?? .null
        guard let address = endpoint["Address"].string else {
            throw AWSError(
                .unreadable, code: "EndpointDiscovery", message: "\(calls.name) did not say where its endpoint is")
        }
        let origin = try HTTPOrigin("https://\(address)")
        let minutes = endpoint["CachePeriodInMinutes"].integer ?? 60
        known.withLock { $0 = (origin, now &+ max(1, min(minutes, 1_440)) * 60) }
        return origin
    }
}
