// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Synchronization

/// Whether a host has loaded its file.
enum PythonReadiness: Sendable {
    case ready
    case failed(Failure)
}

/// Somebody's wish for a child.
final class PythonBirth: Sendable {
    private enum State {
        case wished, delivered, abandoned
    }

    private let state = Mutex(State.wished)
    private let answer = Awaited<Result<PythonChild, PythonProblem>>()

    /// Waits for the child; nil when the caller is cancelled before.
    func child() async -> Result<PythonChild, PythonProblem>? {
        if let answer = await answer.value() { return answer }
        let isDelivered = state.withLock { state in
            if state == .wished { state = .abandoned }
            return state == .delivered
        }
        return isDelivered ? answer.current : nil
    }

    /// Answers; false where nobody waits any more.
    func deliver(_ result: Result<PythonChild, PythonProblem>) -> Bool {
        let isWished = state.withLock { state in
            guard state == .wished else { return false }
            // Within the lock: who sees that it was delivered finds it.
            answer.settle(result)
            state = .delivered
            return true
        }
        return isWished
    }
}
