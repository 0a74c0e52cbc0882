// SPDX-License-Identifier: Apache-2.0

/// CloudSearch Domain Search: a query may be longer than a URL can be, so it goes as a form.
struct FormSearch: CallQuirk {
    func complete(_ request: inout RequestParts) throws {
        guard request.method == "GET", !request.query.bytes.isEmpty else { return }
        request.method = "POST"
        request.headers.set("content-type", "application/x-www-form-urlencoded")
        request.body = request.query.bytes
        request.query = FormWriter()
    }
}
