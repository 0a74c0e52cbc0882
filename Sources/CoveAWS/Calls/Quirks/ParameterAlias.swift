// SPDX-License-Identifier: Apache-2.0

/// A parameter that boto3 also knows by a second name.
struct ParameterAlias: CallQuirk {
    /// Its name in the model.
    let name: String
    /// Its other name.
    let alias: String

    func prepare(_ input: inout AWSMembers) throws {
        guard let value = input[alias] else { return }
        guard input[name] == nil else {
            throw AWSError(
                .invalidInput, code: "ParamValidation",
                message: "the parameters \(name) and \(alias) are the same; give one of them")
        }
        input[alias] = nil
        input[name] = value
    }
}
