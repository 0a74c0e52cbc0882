// SPDX-License-Identifier: Apache-2.0

/// Services whose endpoint is asked for: the question names the API's version.
struct VersionHeader: CallQuirk {
    let version: String

    func complete(_ request: inout RequestParts) throws { request.headers.set("x-amz-api-version", version) }
}
