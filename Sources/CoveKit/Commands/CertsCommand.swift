// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import CoveWire

/// `\(program) certs`: an authority of one's own, and certificates from it.
struct CertsCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        let program = Program.current.name
        return CommandConfiguration(
            commandName: "certs",
            abstract: "Make the certificates by which coordinator, workers and clients know each other.",
            discussion: """
                Outside one machine they speak TLS. `\(program) certs init tls` makes an authority in the folder tls, \
                `\(program) certs coordinator tls cove.example.org` the coordinator's certificate: that is all that is needed \
                where workers and clients show tokens. `\(program) certs worker` and `\(program) certs client` make certificates that \
                they show instead. Certificates of an authority that you have serve as well.
                """,
            subcommands: [
                CertsInitCommand.self, CertsCoordinatorCommand.self, CertsWorkerCommand.self, CertsClientCommand.self,
            ])
    }
}

/// The options of every command that makes a certificate.
struct CertsOptions: ParsableArguments {
    @Argument(help: .init("The authority's folder.", valueName: "folder"))
    var folder: String
    @Option(
        name: .long,
        help: .setting("days", "How long it is valid. (default: 365 days, an authority 3650)", value: "n"))
    var days: String?
    @Flag(name: .long, inversion: .prefixedNo, help: .setting("force", "Replace what is there."))
    var force: Bool?

    /// The options, once they are known to be well formed; what is wrong is left with the reader.
    func resolve(_ reader: inout SettingReader, defaultDays: Int) -> Resolved {
        if folder.isEmpty { reader.add(problem: "the folder has no name") }
        return Resolved(
            folder: CertificateFolder(folder),
            days: reader.integer(days, "days", in: 1...36_500) ?? defaultDays, replaces: reader.flag(force, "force"))
    }

    struct Resolved: Sendable {
        let folder: CertificateFolder
        let days: Int
        let replaces: Bool

        /// Makes a certificate and says what to do with it.
        ///
        /// - Parameter advice: lines that follow, given the files.
        func make(_ holder: CertificateHolder, _ advice: (IdentityFiles) -> [String]) throws {
            let (files, end) = try folder.makeIdentity(
                for: holder, days: days, replaces: replaces, now: LinkClock.system.wall())
            try Self.say(["made \(files.certificate) and \(files.key), valid until \(end.day)", ""] + advice(files))
        }

        /// Writes lines to standard output.
        static func say(_ lines: [String]) throws {
            guard FileDescriptor.standardOutput.write((lines.joined(separator: "\n") + "\n").utf8) else {
                throw CommandFailure(
                    .unavailable, ["standard output cannot be written: \(FileDescriptor.lastError)"])
            }
        }
    }
}
