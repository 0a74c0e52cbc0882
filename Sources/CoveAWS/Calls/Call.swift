// SPDX-License-Identifier: Apache-2.0

/// A request that is to be sent, and how its answer is read.
package struct Call: Sendable {
    /// The name for errors, `STS.AssumeRole`.
    package var title: String
    /// The request without date, token and signature.
    package var request: HTTPRequest
    /// How it is signed.
    package var auth: CallAuth
    /// What is known of the operation beyond this request.
    package var plan: CallPlan?
    /// What an answer whose status is not 2xx says.
    package var fault: @Sendable (HTTPResponse) -> ServiceFault
    /// The same call to another region's endpoint; nil where there is none.
    var elsewhere: (@Sendable (Redirect) async throws -> (HTTPRequest, CallAuth)?)?

    /// Makes a call of its parts.
    package init(
        _ title: String, _ request: HTTPRequest, auth: CallAuth, plan: CallPlan? = nil,
        fault: @escaping @Sendable (HTTPResponse) -> ServiceFault
    ) {
        self.title = title
        self.request = request
        self.auth = auth
        self.plan = plan
        self.fault = fault
    }
}
