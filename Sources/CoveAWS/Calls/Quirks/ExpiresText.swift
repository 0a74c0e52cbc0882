// SPDX-License-Identifier: Apache-2.0

/// S3: the field Expires is whatever the owner of an object wrote; its text is given as `ExpiresString`, too.
struct ExpiresText: CallQuirk {
    private let isThere: Bool

    init(_ operation: OperationModel) {
        isThere = operation.output.map { operation.graph[$0].member("Expires") != nil } ?? false
    }

    func receive(_ response: HTTPResponse) -> HTTPResponse {
        guard isThere, let text = response.header("expires"), WireText.seconds(text) == nil else { return response }
        return response.without("expires")
    }

    func finish(_ output: inout AWSMembers, _ response: HTTPResponse, for input: AWSMembers) {
        guard isThere, let text = response.header("expires") else { return }
        output["ExpiresString"] = .string(text)
    }
}
