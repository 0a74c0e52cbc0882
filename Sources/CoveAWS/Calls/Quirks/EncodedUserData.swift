// SPDX-License-Identifier: Apache-2.0

/// EC2 RunInstances, Auto Scaling CreateLaunchConfiguration: user data is plain for the caller and base64 for the service.
struct EncodedUserData: CallQuirk {
    func prepare(_ input: inout AWSMembers) throws {
        guard let data = input["UserData"], data.string != nil || data.blob != nil else { return }
        input["UserData"] = .string(Base64.encode(WireText.bytes(data)))
    }
}
