// SPDX-License-Identifier: Apache-2.0

/// EC2 GetConsoleOutput: the console's text comes as base64.
struct ConsoleOutput: CallQuirk {
    func finish(_ output: inout AWSMembers, _ response: HTTPResponse, for input: AWSMembers) {
        guard let bytes = output["Output"]?.string.flatMap(Base64.decode) else { return }
        output["Output"] = .string(String(decoding: bytes, as: UTF8.self))
    }
}
