// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cove certs client`: a certificate that a client shows in place of a token.
struct CertsClientCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Make a client's certificate: client-NAME.pem and client-NAME.key.",
        discussion: "Who has its key may make runs and read all results; with --read-only only the latter.")

    @OptionGroup var options: CertsOptions
    @OptionGroup var holder: CertificateNameOptions
    @Flag(
        name: .long, inversion: .prefixedNo,
        help: .setting("read-only", "Let its holder see runs and results, and change nothing."))
    var readOnly: Bool?

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let options = options.resolve(&reader, defaultDays: 365)
        let name = holder.resolve(&reader)
        let isReadOnly = reader.flag(readOnly, "read-only")
        try reader.check()
        try options.make(.client(name, isReadOnly: isReadOnly)) { files in
            ["The client's options:"] + holder.advice(files, options.folder)
        }
    }
}
