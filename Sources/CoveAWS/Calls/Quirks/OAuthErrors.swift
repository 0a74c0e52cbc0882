// SPDX-License-Identifier: Apache-2.0

/// SSO OIDC: errors have OAuth 2.0's form, with the message in `error_description`.
struct OAuthErrors: CallQuirk {
    func receive(_ response: HTTPResponse) -> HTTPResponse {
        guard response.status >= 400, let json = try? JSONReader.read(response.body),
            var members = AWSValue(json: json).structure, let message = members["error_description"]?.string
        else { return response }
        let known = members["Message"]?.string ?? members["message"]?.string ?? ""
        guard known.isEmpty, !message.isEmpty else { return response }
        members["Message"] = .string(message)
        return HTTPResponse(
            status: response.status, headerBlock: response.headerBlock,
            body: Array(AWSValue.structure(members).jsonText().utf8))
    }
}
