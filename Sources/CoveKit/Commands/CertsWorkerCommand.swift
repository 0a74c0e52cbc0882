// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cove certs worker`: a certificate that a worker shows in place of a token.
struct CertsWorkerCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Make a worker's certificate: worker-NAME.pem and worker-NAME.key.",
        discussion: "Who has its key may join the coordinator as a worker, and nothing else.")

    @OptionGroup var options: CertsOptions
    @OptionGroup var holder: CertificateNameOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let options = options.resolve(&reader, defaultDays: 365)
        let name = holder.resolve(&reader)
        try reader.check()
        try options.make(.worker(name)) { files in
            ["The worker's options:"] + holder.advice(files, options.folder)
        }
    }
}

/// The name of whoever shows a certificate.
struct CertificateNameOptions: ParsableArguments {
    @Argument(help: .init("The name that logs know its holder by.", valueName: "name"))
    var name: String

    func resolve(_ reader: inout SettingReader) -> String {
        if !CertificateHolder.isName(name) {
            reader.add(
                problem: "\"\(name)\" cannot be a name: expected 1 to 64 letters, digits, \"-\", \"_\" and \".\", "
                    + "the first no \".\"")
        }
        return name
    }

    /// The options that use the files of a certificate.
    func advice(_ files: IdentityFiles, _ folder: CertificateFolder) -> [String] {
        [
            "  --coordinator HOST:PORT --tls-ca \(ShellWord(folder.authority))",
            "  --tls-certificate \(ShellWord(files.certificate)) --tls-key \(ShellWord(files.key))",
            "The coordinator has to be started with --tls-client-ca \(ShellWord(folder.authority)).",
        ]
    }
}
