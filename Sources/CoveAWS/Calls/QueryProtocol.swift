// SPDX-License-Identifier: Apache-2.0

/// The query protocol: a form goes out, XML comes back.
package enum QueryProtocol: ServiceProtocol {
    /// A request of the protocol.
    static func request(_ form: FormWriter, to origin: HTTPOrigin) -> HTTPRequest {
        HTTPRequest(
            .post, to: origin, headers: ["content-type": "application/x-www-form-urlencoded; charset=utf-8"],
            body: form.bytes)
    }

    /// The element that wraps an operation's output.
    static func result(_ name: String, of response: HTTPResponse) throws -> XMLElement {
        let root = try XMLReader.read(response.body)
        guard let result = root[name] else {
            throw CodecError("expected \(name), found \(root.name)", at: 0)
        }
        return result
    }

    package static func fault(of response: HTTPResponse) -> ServiceFault {
        guard let root = try? XMLReader.read(response.body) else {
            return .unknown(response, requestID: response.requestID)
        }
        let id =
            root["RequestId"]?.text ?? root["RequestID"]?.text ?? root.find("ResponseMetadata", "RequestId")?.text
            ?? response.requestID
        // EC2 and older services put a list of errors around the one.
        guard let error = root["Error"] ?? root.find("Errors", "Error"), let code = error["Code"]?.text, !code.isEmpty
        else { return .unknown(response, requestID: id) }
        return ServiceFault(code: code, message: error["Message"]?.text ?? "", requestID: id)
    }
}
