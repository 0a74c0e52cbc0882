// SPDX-License-Identifier: Apache-2.0

/// S3: an answer may begin as a success, with status 200, and turn out an error, or be cut off.
struct HiddenErrors: CallQuirk {
    /// Whether the operation's answer is XML; what is an object's own bytes may look like an error and be none.
    static func mayHide(_ operation: OperationModel) -> Bool {
        guard let output = operation.output else { return false }
        let shape = operation.graph[output]
        if shape.members.contains(where: { operation.graph[$0].traits.isEventStream }) { return false }
        guard let payload = shape.traits.payload, let member = shape.member(payload) else { return true }
        switch operation.graph[member].kind {
        case .blob, .string: return false
        default: return true
        }
    }

    func receive(_ response: HTTPResponse) -> HTTPResponse {
        guard response.status == 200, !response.body.isEmpty else { return response }
        let root = try? XMLReader.read(response.body)
        guard root == nil || root?.name == "Error" else { return response }
        return HTTPResponse(status: 500, headerBlock: response.headerBlock, body: response.body)
    }
}
