// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveKit

/// Where the models of services are looked for.
@Suite struct ModelFoldersTests {
    /// A machine whose files are below a folder.
    private struct Machine {
        let place: TemporaryFolder
        var variables: [String: String]

        init() throws {
            place = try TemporaryFolder()
            variables = ["HOME": place.file("home")]
        }

        func program(_ path: String) throws {
            try folder(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
            _ = try place.write(path, "#!/bin/sh\n".utf8, mode: 0o755)
        }

        func folder(_ path: String) throws {
            try FileManager.default.createDirectory(atPath: place.file(path), withIntermediateDirectories: true)
        }

        func link(_ path: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: place.file(path), withDestinationPath: place.file(target))
        }

        /// The folders, named from the machine's root.
        var folders: [String] {
            ModelFolders(environment: .sample(variables)).all.map { folder in
                folder.hasPrefix(place.path + "/") ? String(folder.dropFirst(place.path.count + 1)) : folder
            }
        }
    }

    private static let mine = ["home/.aws/models", "home/.local/share/cove/models"]

    @Test func `the user's own folders come first, there or not`() throws {
        var machine = try Machine()
        #expect(machine.folders == Self.mine)
        machine.variables["AWS_DATA_PATH"] = "/data/a::~/b"
        machine.variables["XDG_DATA_HOME"] = machine.place.file("share")
        #expect(
            machine.folders == ["/data/a", "home/b", "home/.aws/models", "share/cove/models"])
        machine.variables = ["XDG_DATA_HOME": "relative"]
        #expect(machine.folders == [])
    }

    @Test func `the botocore of a Python is found, a virtual environment's before the Python's own`() throws {
        var machine = try Machine()
        try machine.program("usr/bin/python3.11")
        try machine.folder("venv/bin")
        try machine.link("venv/bin/python3", to: "usr/bin/python3.11")
        for folder in [
            "venv/lib/python3.11/site-packages/botocore/data", "usr/lib/python3/dist-packages/botocore/data",
            "usr/local/lib/python3.9/dist-packages/botocore/data",
            "usr/local/lib/python3.11/dist-packages/awscli/botocore/data",
            "home/.local/lib/python3.11/site-packages/botocore/data",
        ] { try machine.folder(folder) }
        machine.variables["PATH"] = machine.place.file("venv/bin")
        let system = [
            "usr/local/lib/python3.11/dist-packages/awscli/botocore/data",
            "usr/local/lib/python3.9/dist-packages/botocore/data", "usr/lib/python3/dist-packages/botocore/data",
        ]
        let user = "home/.local/lib/python3.11/site-packages/botocore/data"
        let venv = "venv/lib/python3.11/site-packages/botocore/data"
        #expect(machine.folders == Self.mine + [user, venv] + system)
        // A virtual environment does not look at what its user has installed.
        _ = try machine.place.write("venv/pyvenv.cfg", "".utf8)
        #expect(machine.folders == Self.mine + [venv] + system)
    }

    @Test func `the AWS CLI's own models are found, of both versions`() throws {
        var machine = try Machine()
        try machine.program("opt/aws-cli/v2/2.30.0/dist/aws")
        try machine.folder("opt/aws-cli/v2/2.30.0/dist/awscli/botocore/data")
        try machine.folder("bin")
        try machine.link("bin/aws", to: "opt/aws-cli/v2/2.30.0/dist/aws")
        machine.variables["PATH"] = machine.place.file("bin")
        #expect(machine.folders == Self.mine + ["opt/aws-cli/v2/2.30.0/dist/awscli/botocore/data"])

        try machine.program("pipx/venvs/awscli/bin/aws")
        try machine.folder("pipx/venvs/awscli/lib/python3.12/site-packages/botocore/data")
        try machine.folder("local")
        try machine.link("local/aws", to: "pipx/venvs/awscli/bin/aws")
        machine.variables["PATH"] = machine.place.file("local") + ":" + machine.place.file("bin")
        #expect(machine.folders == Self.mine + ["pipx/venvs/awscli/lib/python3.12/site-packages/botocore/data"])
    }

    @Test func `there are none until a folder has something in it`() throws {
        let machine = try Machine()
        #expect(ModelFolders(environment: .sample(machine.variables)).isEmpty)
        try machine.folder("home/.aws/models/iam")
        #expect(!ModelFolders(environment: .sample(machine.variables)).isEmpty)
    }
}
