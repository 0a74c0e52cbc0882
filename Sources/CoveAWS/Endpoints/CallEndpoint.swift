// SPDX-License-Identifier: Apache-2.0

/// Where a call goes, and how it is signed there.
///
/// A class because it is resolved once and every call of the same kind carries it.
package final class CallEndpoint: Sendable {
    let origin: HTTPOrigin
    let auth: CallAuth
    /// Header fields that every request there carries.
    let headers: [HeaderFields.Field]

    init(origin: HTTPOrigin, auth: CallAuth, headers: [HeaderFields.Field] = []) {
        self.origin = origin
        self.auth = auth
        self.headers = headers
    }

    /// An endpoint that is known without rules.
    package convenience init(_ endpoint: ServiceEndpoint) {
        self.init(origin: endpoint.origin, auth: .signed(endpoint.scope, SigningSettings()))
    }
}
