// SPDX-License-Identifier: Apache-2.0

/// API Gateway: answers in a hypertext form of JSON unless it is asked for the plain one.
struct AcceptedType: CallQuirk {
    func complete(_ request: inout RequestParts) throws {
        if request.headers["accept"] == nil { request.headers.set("accept", "application/json") }
    }
}
