// SPDX-License-Identifier: Apache-2.0

import CoveWorker
import FoundationEssentials

/// Where the models of AWS services are looked for on this machine.
///
/// In botocore's order: the folders of `AWS_DATA_PATH`, `~/.aws/models`, then what came with a program. That is Cove's own
/// folder, which `cove models install` fills, the botocore of the Python that `python3` starts, and the AWS CLI's own.
struct ModelFolders: Sendable {
    /// The folder that `cove models install` fills; nil when there is no home.
    let own: String?
    /// All folders in the order in which a service is looked for, whether they exist or not.
    let all: [String]

    init(environment: ProcessEnvironment) {
        let variables = environment.variables
        let home = variables["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let data =
            variables["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home.map { $0 + "/.local/share" }
        own = data.map { $0 + "/cove/models" }
        var folders = (variables["AWS_DATA_PATH"] ?? "").split(separator: ":").map { folder in
            folder.hasPrefix("~/") ? (home ?? "~") + folder.dropFirst() : String(folder)
        }
        if let home { folders.append(home + "/.aws/models") }
        if let own { folders.append(own) }
        var known = Set(folders)
        folders += Self.installed(environment, home: home).filter { known.insert($0).inserted }
        all = folders
    }

    /// Whether there is a model of any service.
    var isEmpty: Bool { !all.contains { !Self.entries(of: $0).isEmpty } }

    /// What to say where operations of AWS are to be called and there is no model of any service.
    static var advice: String {
        "there are no models of AWS services on this machine, so that no operation can be called: install them with "
            + "`\(Program.current.name) models install`, or install botocore or the AWS CLI"
    }

    // MARK: Installed programs

    /// The folders of models that came with a Python or with the AWS CLI; only those that exist.
    private static func installed(_ environment: ProcessEnvironment, home: String?) -> [String] {
        var found: [String] = []
        for name in ["python3", "aws"] {
            guard
                case .success(let program) = ProgramExecutor.locate(
                    name, environment: environment.variables, workingDirectory: environment.workingDirectory)
            else { continue }
            let target = URL(fileURLWithPath: program).resolvingSymlinksInPath().path
            var packages: [String] = []
            // A virtual environment's python3 is a link out of it: the folder that has the link is the environment.
            for program in program == target ? [program] : [program, target] {
                packages += Self.packages(of: folder(of: folder(of: program)))
            }
            // What a user has installed comes first, except in a virtual environment.
            if name == "python3", let home,
                !FileManager.default.fileExists(atPath: folder(of: folder(of: program)) + "/pyvenv.cfg")
            {
                packages.insert(contentsOf: Self.packages(of: home + "/.local"), at: 0)
            }
            // Version 2 of the AWS CLI is one folder with a Python of its own.
            if name == "aws" { packages.append(folder(of: target)) }
            found += packages.flatMap { [$0 + "/botocore/data", $0 + "/awscli/botocore/data"] }
        }
        return found.filter { FileManager.default.fileExists(atPath: $0) }
    }

    /// The folders in which a Python that was installed in `prefix` finds its packages, newest Python first.
    private static func packages(of prefix: String) -> [String] {
        let pythons = entries(of: prefix + "/lib").filter { $0.hasPrefix("python3.") }
            .sorted { minor($0) > minor($1) }
        let local = entries(of: prefix + "/local/lib").filter { $0.hasPrefix("python3.") }
            .sorted { minor($0) > minor($1) }
        return pythons.map { "\(prefix)/lib/\($0)/site-packages" }
            + local.map { "\(prefix)/local/lib/\($0)/dist-packages" }
            + ["\(prefix)/lib/python3/dist-packages"]
    }

    private static func minor(_ name: String) -> Int { Int(name.dropFirst("python3.".count)) ?? 0 }

    private static func folder(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().path
    }

    private static func entries(of folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
}
