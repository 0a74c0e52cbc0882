// SPDX-License-Identifier: Apache-2.0

/// CloudFormation GetTemplate: a template that is JSON is given as the value that it is.
struct TemplateBody: CallQuirk {
    func finish(_ output: inout AWSMembers, _ response: HTTPResponse, for input: AWSMembers) {
        guard let text = output["TemplateBody"]?.string, let value = try? JSONReader.read(Array(text.utf8)) else {
            return
        }
        output["TemplateBody"] = AWSValue(json: value)
    }
}
