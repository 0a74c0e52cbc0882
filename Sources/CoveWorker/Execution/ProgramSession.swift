// SPDX-License-Identifier: Apache-2.0

package import CoveAWS
package import CoveCore

/// Whom a program runs as, and for which target.
package struct ProgramSession: Sendable {
    /// The session's credentials when the attempt begins, which a program finds in its environment.
    package let credentials: Credentials
    /// Credentials that are valid when it is called, for a program that asks for them as long as its attempt may go on.
    package let renewed: @Sendable () async throws -> Credentials
    /// The target's account.
    package let account: AccountID
    /// The account's name; nil where it is not known.
    package let name: String?
    /// The target's region; nil where the task has none.
    package let region: RegionName?
    /// The run that the task belongs to.
    package let run: RunID
    /// What is known of the session, a JSON object.
    package let information: JSONText
    /// The folder of the files that travelled with the run, an absolute path; nil where there are none.
    package let files: String?

    /// A session for one attempt.
    package init(
        credentials: Credentials, renewed: @escaping @Sendable () async throws -> Credentials, account: AccountID,
        name: String? = nil, region: RegionName?, run: RunID, information: JSONText, files: String? = nil
    ) {
        self.credentials = credentials
        self.renewed = renewed
        self.account = account
        self.name = name
        self.region = region
        self.run = run
        self.information = information
        self.files = files
    }
}
