// SPDX-License-Identifier: Apache-2.0

/// Calls STS AssumeRole with credentials of another identity.
///
/// Whoever builds the chain says how STS is called; the call uses the configuration's region and endpoint, as botocore's does.
public typealias AssumeRoleCall =
    @Sendable (_ input: AssumeRoleInput, _ source: Credentials) async throws -> Credentials

/// A role's session: every request for credentials assumes the role anew, with credentials that its source gives then.
struct AssumeRoleCredentials: CredentialProvider {
    let input: AssumeRoleInput
    let source: any CredentialProvider
    let assumeRole: AssumeRoleCall

    func credentials() async throws -> Credentials {
        try await assumeRole(input, source.credentials())
    }
}
