// SPDX-License-Identifier: Apache-2.0

/// The JSON 1.1 protocol: the header names the operation, JSON goes out and comes back.
package enum JSONProtocol: ServiceProtocol {
    /// A request of the protocol for an operation such as `AWSOrganizationsV20161128.ListAccounts`.
    static func request(_ target: String, body: [UInt8], to origin: HTTPOrigin) -> HTTPRequest {
        HTTPRequest(
            .post, to: origin, headers: ["content-type": "application/x-amz-json-1.1", "x-amz-target": target],
            body: body)
    }

    package static func fault(of response: HTTPResponse) -> ServiceFault {
        let body = try? JSONReader.read(response.body)
        let named = response.header("x-amzn-errortype") ?? body?["__type"]?.string ?? body?["code"]?.string
        guard let named, let code = code(named) else { return .unknown(response, requestID: response.requestID) }
        let message = body?["message"]?.string ?? body?["Message"]?.string ?? body?["errorMessage"]?.string
        return ServiceFault(code: code, message: message ?? "", requestID: response.requestID)
    }

    /// The code in `com.amazonaws.organizations#AccessDeniedException:http://…`.
    private static func code(_ text: String) -> String? {
        let head = text.prefix { $0 != ":" }
        let code = head.split(separator: "#").last.map(String.init) ?? ""
        return code.isEmpty ? nil : code
    }
}
