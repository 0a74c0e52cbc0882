// SPDX-License-Identifier: Apache-2.0

/// What carries requests to a server.
package protocol HTTPTransport: Sendable {
    /// Sends a request and returns the whole answer, whatever its status.
    ///
    /// Throws `AWSError` in phase not sent, timed out or unreadable, and `CancellationError` when the task is cancelled.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}
