// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveTestSupport
import Testing

@testable import CoveWorker

@Suite(.timeLimit(.minutes(5)))
struct LeasedCredentialsTests {
    @Test func `credentials that a service has refused are fetched anew, unless the lease is over`() async throws {
        let fetches = Watched(0)
        let cache = CredentialCache {
            fetches.increment()
            return Credentials(accessKeyID: "ASIA\(fetches.value)", secretAccessKey: "secret")
        }
        let cancellation = AttemptCancellation()
        let leased = LeasedCredentials(provider: cache, cancellation: cancellation)
        let first = try await leased.credentials()
        #expect(first.accessKeyID == "ASIA1")
        #expect(await leased.replaces(first))
        let second = try await leased.credentials()
        #expect(second.accessKeyID == "ASIA2")
        cancellation.cancel(isLeaseOver: true)
        #expect(await !leased.replaces(second))
        #expect(fetches.value == 2)
    }
}
