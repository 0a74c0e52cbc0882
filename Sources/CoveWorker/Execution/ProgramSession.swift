// SPDX-License-Identifier: Apache-2.0

package import CoveAWS
package import CoveCore

/// Whom a program runs as, and for which target.
package struct ProgramSession: Sendable {
    /// The session's credentials, which the program finds in its environment.
    package let credentials: Credentials
    /// The target's account.
    package let account: AccountID
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
        credentials: Credentials, account: AccountID, region: RegionName?, run: RunID, information: JSONText,
        files: String? = nil
    ) {
        self.credentials = credentials
        self.account = account
        self.region = region
        self.run = run
        self.information = information
        self.files = files
    }
}
