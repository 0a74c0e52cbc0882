// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCoordinator
import CoveCore
import CoveWire
import Synchronization

/// The coordinator's way to AWS, found when it is needed for the first time.
///
/// A coordinator without credentials can serve runs that are planned; credentials that are missing may be there at the next try.
final class LateAccess: Sendable {
    private let environment: ProcessEnvironment
    private let profile: String?
    private let found = Mutex<AWSAccess?>(nil)

    init(environment: ProcessEnvironment, profile: String?) {
        self.environment = environment
        self.profile = profile
    }

    /// The region of functions that are not given one, as the settings say it.
    ///
    /// - Throws: `AWSError` when a setting is wrong, such as a profile that is not there.
    func defaultRegion() throws -> RegionName? {
        try AWSConfiguration.resolve(environment: environment.variables, profile: profile, region: nil)
            .region.flatMap { RegionName($0) }
    }

    /// Who plans a run: the organization, as the coordinator's credentials see it.
    ///
    /// - Throws: `RequestFailure` when there are no credentials, or when the run asks for others.
    func directory(for specification: RunSpecification) throws -> any OrganizationDirectory {
        if let profile = specification.profile {
            throw RequestFailure(
                .invalidRequest,
                [
                    "the run names the profile \"\(profile)\": a coordinator uses its own credentials; leave --profile out"
                ])
        }
        do {
            return AWSDirectory(session: try access().session)
        } catch {
            // Whoever reads it is elsewhere: it is not their environment that is wrong.
            throw RequestFailure(.unavailable, ["the coordinator finds no way to AWS: \(error)"])
        }
    }

    private func access() throws -> AWSAccess {
        // Not under the lock while it is made: that reads files. Two of them at the same time do no harm.
        if let access = found.withLock({ $0 }) { return access }
        let made = try AWSAccess(environment: environment, profile: profile)
        return found.withLock { found in
            let access = found ?? made
            found = access
            return access
        }
    }
}
