// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCoordinator
import CoveCore
import Testing

@testable import CoveKit

@Suite struct CommandFailureTests {
    @Test func `exit codes are what the design says`() {
        #expect(CoveKit.ExitStatus.success.rawValue == 0)
        #expect(CoveKit.ExitStatus.failure.rawValue == 1)
        #expect(CoveKit.ExitStatus.invalidRequest.rawValue == 2)
        #expect(CoveKit.ExitStatus.unavailable.rawValue == 3)
        #expect(CoveKit.ExitStatus.interrupted.rawValue == 130)
    }

    @Test func `an error says how the program ends`() {
        let request = CommandFailure(InvalidRequest(["a", "b"]))
        #expect(request.status == .invalidRequest)
        #expect(request.lines == ["a", "b"])

        let own = CommandFailure(CommandFailure(.failure, ["x"]))
        #expect(own.status == .failure)
        #expect(own.lines == ["x"])

        let cancelled = CommandFailure(CancellationError())
        #expect(cancelled.status == .interrupted)
        #expect(cancelled.lines == [])

        let store = CommandFailure(StoreError(.inUse, "the store is open elsewhere"))
        #expect(store.status == .unavailable)
        #expect(store.lines == ["the store is open elsewhere"])
    }
}
