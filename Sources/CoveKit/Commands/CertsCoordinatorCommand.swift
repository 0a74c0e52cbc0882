// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cove certs coordinator`: the certificate that a coordinator shows.
struct CertsCoordinatorCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator", abstract: "Make the coordinator's certificate: coordinator.pem and coordinator.key."
    )

    @OptionGroup var options: CertsOptions
    @Argument(help: .init("The DNS names and IP addresses that workers and clients connect to.", valueName: "name"))
    var names: [String]

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let options = options.resolve(&reader, defaultDays: 365)
        let hosts = names.compactMap { name -> HostName? in
            if let host = HostName(name) { return host }
            reader.add(
                problem: "\"\(name)\" is neither a DNS name nor an IP address: expected one such as cove.example.org "
                    + "or 10.0.0.7, without a port")
            return nil
        }
        try reader.check()
        let authority = ShellWord(options.folder.authority)
        try options.make(.coordinator(hosts, firstName: names[0])) { files in
            [
                "The coordinator's options:",
                "  --tls-certificate \(ShellWord(files.certificate)) --tls-key \(ShellWord(files.key))",
                "  --tls-client-ca \(authority)   where workers or clients show certificates",
                "Those of workers and clients:",
                "  --coordinator \(names[0].contains(":") ? "[\(names[0])]" : names[0]) --tls-ca \(authority)",
            ]
        }
    }
}
