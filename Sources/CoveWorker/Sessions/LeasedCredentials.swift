// SPDX-License-Identifier: Apache-2.0

import CoveAWS

/// The credentials of a role session, given only as long as the attempt's lease is not over.
///
/// Every call to AWS asks for credentials first. So an attempt that has lost its lease makes no further call, whatever its function does
/// with its cancellation.
struct LeasedCredentials: CredentialProvider {
    let provider: any CredentialProvider
    let cancellation: AttemptCancellation

    func credentials() async throws -> Credentials {
        guard !cancellation.isLeaseOver else { throw CancellationError() }
        let credentials = try await provider.credentials()
        // The role may have been assumed anew, which takes its time.
        guard !cancellation.isLeaseOver else { throw CancellationError() }
        return credentials
    }

    func replaces(_ refused: Credentials) async -> Bool {
        guard !cancellation.isLeaseOver else { return false }
        return await provider.replaces(refused)
    }
}
