// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveAWS
import CoveCore

/// `cove models`: the models by which Cove knows the services of AWS.
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List and install the models of AWS services, which `cove call` needs.",
        discussion: """
            Models are botocore's. They are looked for in the folders of AWS_DATA_PATH, in ~/.aws/models, in Cove's own \
            folder ($XDG_DATA_HOME/cove/models), and beside the botocore of python3 and the AWS CLI of this machine. The \
            first folder that has a service wins. Workers need them on their own hosts.
            """,
        subcommands: [ModelsListCommand.self, ModelsPathCommand.self, ModelsInstallCommand.self])
}

/// `cove models list`: the services that there are models of.
struct ModelsListCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the services, the version of each one's API, and the folder of its model.")

    @OptionGroup var output: OutputOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let output = output.resolve(&reader, environment, default: .table)
        try reader.check()
        let entries = ModelStore(folders: ModelFolders(environment: environment).all).entries()
        guard !entries.isEmpty else { throw CommandFailure(.unavailable, [ModelFolders.advice]) }
        let values = entries.map { entry in
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("Service", entry.name)
            writer.member("Version", entry.version)
            writer.member("Folder", entry.folder)
            writer.endObject()
            return JSONText(trusted: writer.bytes)
        }
        let rows = entries.map { [$0.name, $0.version, $0.folder] }
        try await output.write(
            report: Report(
                lines: { width in
                    let table = TextTable(
                        headings: ["SERVICE", "VERSION", "FOLDER"], sample: rows, width: width, widest: [40, 10, 200])
                    return [table.heading] + rows.map { table.line($0) }
                }, json: JSONText(array: values), values: values))
    }
}

/// `cove models path`: the folders that are looked through.
struct ModelsPathCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "path", abstract: "List the folders that models are looked for in, in order.")

    @OptionGroup var output: OutputOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let output = output.resolve(&reader, environment, default: .table)
        try reader.check()
        let folders = ModelFolders(environment: environment).all.map { folder in
            (folder, ModelStore(folders: [folder]).entries().count)
        }
        let values = folders.map { folder, count in
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("Folder", folder)
            writer.member("Services", count)
            writer.endObject()
            return JSONText(trusted: writer.bytes)
        }
        let rows = folders.map { ["\($1)", $0] }
        try await output.write(
            report: Report(
                lines: { width in
                    let table = TextTable(
                        headings: ["SERVICES", "FOLDER"], sample: rows, width: width, widest: [8, 400])
                    return [table.heading] + rows.map { table.line($0) }
                }, json: JSONText(array: values), values: values))
    }
}

/// `cove models install`: a pinned botocore's models, put into Cove's own folder.
struct ModelsInstallCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install the models of a pinned botocore into Cove's own folder.",
        discussion: "It is fetched with `python3 -m pip`, which has its own settings; nothing else of it is kept.")

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let (console, _) = console.resolve(&reader, environment)
        let folder = ModelFolders(environment: environment).own
        if folder == nil { reader.add(problem: "there is no folder for models: set HOME or XDG_DATA_HOME") }
        try reader.check()
        guard let folder else { return }
        console.note("cove: fetching \(ModelInstallation.release) with python3 -m pip")
        try await ModelInstallation(folder: folder, environment: environment).perform()
        console.say("cove: the models of \(ModelStore(folders: [folder]).entries().count) services are in \(folder)")
    }
}
