// SPDX-License-Identifier: Apache-2.0

/// Reads what a service says of a call that it refused, by the service's protocol.
enum ErrorReader {
    /// The code, message and id of an answer whose status is not 2xx.
    ///
    /// An answer that holds none gives its status as the code, as botocore does: what stands between a client and a
    /// service answers without the service's form.
    static func fault(of response: HTTPResponse, _ metadata: ServiceMetadata) -> ServiceFault {
        switch metadata.wire {
        case .query, .ec2: form(response)
        case .restXML: xml(response)
        case .json, .restJSON:
            document(response, (try? OutputReader.document(response.body)) ?? .null, isREST: metadata.wire == .restJSON)
        case .cbor: document(response, (try? CBORReader.read(response.body)) ?? .null, isREST: false)
        }
    }

    /// The same, with the members of the error as its model has them.
    static func fault(
        of response: HTTPResponse, _ operation: OperationModel, _ metadata: ServiceMetadata
    ) -> ServiceFault {
        var fault = fault(of: response, metadata)
        fault.members = members(of: response, code: fault.code, operation, metadata)
        return fault
    }

    /// The members of the error as the model has it, for callers that want more than code and message.
    static func members(
        of response: HTTPResponse, code: String, _ operation: OperationModel, _ metadata: ServiceMetadata
    ) -> AWSMembers {
        guard let model = operation.errors.first(where: { $0.code == code || $0.name == code }) else {
            return AWSMembers()
        }
        let shape = operation.graph[model.shape]
        // An error whose members cannot be read is still that error.
        return (try? OutputReader.read(response, shape, in: operation.graph, metadata, wrapper: nil)) ?? AWSMembers()
    }

    private static func form(_ response: HTTPResponse) -> ServiceFault {
        guard let root = try? XMLReader.read(response.body) else {
            return .unknown(response, requestID: response.requestID)
        }
        let id =
            root["RequestId"]?.text ?? root["RequestID"]?.text ?? root.find("ResponseMetadata", "RequestId")?.text
            ?? response.requestID
        // EC2 and older services put a list of errors around the one.
        guard let error = root["Error"] ?? root.find("Errors", "Error"), let code = error["Code"]?.text, !code.isEmpty
        else { return .unknown(response, requestID: id) }
        return ServiceFault(
            code: code, message: error["Message"]?.text ?? "", requestID: id, type: error["Type"]?.text)
    }

    private static func xml(_ response: HTTPResponse) -> ServiceFault {
        let id = response.requestID
        guard let root = try? XMLReader.read(response.body) else { return .unknown(response, requestID: id) }
        let error = OutputReader.errorElement(root)
        guard let code = error["Code"]?.text, !code.isEmpty else { return .unknown(response, requestID: id) }
        return ServiceFault(
            code: code, message: error["Message"]?.text ?? error["message"]?.text ?? "",
            requestID: id ?? root["RequestId"]?.text ?? error["RequestId"]?.text, type: error["Type"]?.text)
    }

    private static func document(_ response: HTTPResponse, _ body: AWSValue, isREST: Bool) -> ServiceFault {
        let message = body["message"].string ?? body["Message"].string ?? body["errorMessage"].string ?? ""
        var code = body["__type"].string ?? response.header("x-amzn-errortype") ?? body["code"].string
        if isREST {
            code = response.header("x-amzn-errortype") ?? body["code"].string ?? body["Code"].string ?? code
        }
        guard let code = code.map(name), !code.isEmpty else {
            var fault = ServiceFault.unknown(response, requestID: response.requestID)
            if !message.isEmpty {
                fault.message = message
            } else if body.isNull, let text = plainText(response) {
                fault.message = text
            }
            return fault
        }
        let former = queryError(response)
        return ServiceFault(
            code: former?.code ?? code, message: message, requestID: response.requestID, type: former?.type)
    }

    /// The beginning of a body that is no document, such as what a gateway answers; nil for pages that say no more than the status.
    private static func plainText(_ response: HTTPResponse) -> String? {
        let text = String(decoding: response.body.prefix(longestText), as: UTF8.self)
        let start = text.drop { $0.isWhitespace }
        return start.isEmpty || (response.status >= 500 && start.hasPrefix("<html>")) ? nil : text
    }

    /// How many bytes of a body that is no document are told.
    private static let longestText = 4_096

    /// The code and type that a service's former query protocol had, where it still says them: `Code;Sender`.
    private static func queryError(_ response: HTTPResponse) -> (code: String, type: String)? {
        let parts = response.header("x-amzn-query-error")?.split(separator: ";", omittingEmptySubsequences: false)
        guard let parts, parts.count == 2, !parts[0].isEmpty else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    /// The name in `aws.protocoltests#FooError:http://…`.
    private static func name(_ text: String) -> String {
        let start = text.prefix { $0 != ":" }
        return String(start.split(separator: "#").last ?? start)
    }
}
