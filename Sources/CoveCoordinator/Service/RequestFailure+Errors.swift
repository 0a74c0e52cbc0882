// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

extension RequestFailure {
    /// What an error means for a client.
    init(_ error: any Error) {
        switch error {
        case let failure as RequestFailure: self = failure
        case let error as InvalidRequest: self.init(.invalidRequest, error.problems)
        case is CancellationError: self.init(.unavailable, ["the coordinator stops: try again when it runs"])
        case let error as StoreError:
            let code: Code =
                switch error.code {
                case .notFound: .notFound
                case .conflict: .conflict
                case .incomplete: .invalidRequest
                case .inUse, .newerVersion, .notAccessible, .damaged, .full, .failed, .closed: .unavailable
                }
            self.init(code, [error.message])
        default: self.init(.unavailable, ["\(error)"])
        }
    }

    static func noRun(_ run: RunID) -> RequestFailure {
        RequestFailure(.notFound, ["there is no run \(run): `cove runs` lists those that are there"])
    }
}

extension StoreError {
    /// Whether the store can do nothing more until it is opened again.
    var endsCoordinator: Bool {
        switch code {
        case .failed, .closed: true
        case .inUse, .newerVersion, .notFound, .incomplete, .conflict, .notAccessible, .damaged, .full: false
        }
    }
}
