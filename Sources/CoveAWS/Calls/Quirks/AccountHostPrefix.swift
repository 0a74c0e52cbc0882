// SPDX-License-Identifier: Apache-2.0

/// S3 Control: the account's id stands before the host's name in the model, and the endpoint rules put it there once more.
struct AccountHostPrefix: CallQuirk {
    private let isDoubled: Bool

    init(_ operation: OperationModel) { isDoubled = operation.staticContext["RequiresAccountId"] == true }

    func hostPrefix(_ prefix: String?) -> String? { isDoubled && prefix == "{AccountId}." ? nil : prefix }
}
