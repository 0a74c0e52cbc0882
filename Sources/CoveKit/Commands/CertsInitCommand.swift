// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveWire

/// `cove certs init`: an authority.
struct CertsInitCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make an authority: ca.pem, which everybody may have, and ca.key, which nobody.")

    @OptionGroup var options: CertsOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let options = options.resolve(&reader, defaultDays: 3_650)
        try reader.check()
        let folder = options.folder
        let identity = try folder.makeAuthority(
            days: options.days, replaces: options.replaces, now: LinkClock.system.wall())
        let name = ShellWord(folder.path)
        try CertsOptions.Resolved.say([
            "made \(folder.files(of: "ca").certificate) and \(folder.files(of: "ca").key), valid until \(identity.validUntil.day)",
            "Whoever has ca.key can make certificates for everything: keep it to yourself.",
            "",
            "Next:",
            "  \(Program.current.name) certs coordinator \(name) HOST …   the coordinator's, by all its names",
            "  \(Program.current.name) certs worker \(name) NAME          where a worker is to need no token",
            "  \(Program.current.name) certs client \(name) NAME          where a client is to need no token",
        ])
    }
}
