// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveWorker
import Testing

@testable import CoveKit

@Suite struct PythonOptionsTests {
    private static func resolve(
        _ arguments: [String], _ variables: [String: String] = [:]
    ) throws -> (settings: PythonSettings, problems: [String]) {
        let options = try PythonOptions.parse(arguments)
        var reader = SettingReader(variables: variables)
        let settings = options.resolve(&reader, .sample(variables), slots: 3)
        return (settings, reader.problems)
    }

    @Test(arguments: [("100", 100 << 20), ("512MiB", 512 << 20), ("2GiB", 2 << 30), ("65536KiB", 64 << 20)])
    func `memory is a size, and a number alone is MiB`(_ text: String, _ bytes: Int) throws {
        for (settings, problems) in [
            try Self.resolve(["--python-memory", text]), try Self.resolve([], ["COVE_PYTHON_MEMORY": text]),
        ] {
            #expect(problems == [] && settings.memoryBytes == bytes)
        }
    }

    @Test(arguments: ["63", "63MiB", "2TiB", "1048577", "1GB", "-100"])
    func `what is no size, or too small or large, is refused`(_ text: String) throws {
        let problems = try Self.resolve(["--python-memory=\(text)"]).problems
        #expect(
            problems == [
                "--python-memory is \"\(text)\": expected 64 MiB to 1024 GiB, such as 512MiB or 2GiB; a number alone is MiB"
            ])
    }

    @Test func `without options there are a GiB of memory and the Python that is found`() throws {
        let (settings, problems) = try Self.resolve([])
        #expect(problems == [] && settings.memoryBytes == 1 << 30 && settings.interpreter == nil)
    }

    @Test func `an interpreter's path is of this process's folder, and a name is a name`() throws {
        #expect(try Self.resolve(["--python", "venv/bin/python"]).settings.interpreter == "/srv/venv/bin/python")
        #expect(try Self.resolve(["--python", "/usr/bin/python3"]).settings.interpreter == "/usr/bin/python3")
        #expect(try Self.resolve(["--python", "python3.12"]).settings.interpreter == "python3.12")
    }

    @Test func `one cache has the files of runs and Python's sources`() {
        for variables in [["XDG_CACHE_HOME": "/c", "HOME": "/h"], ["XDG_CACHE_HOME": "relative", "HOME": "/h"]] {
            let environment = ProcessEnvironment.sample(variables)
            let cache = variables["XDG_CACHE_HOME"] == "/c" ? "/c/cove" : "/h/.cache/cove"
            #expect(environment.pythonFolder == cache && environment.artefactFolder == cache + "/artefacts")
        }
    }

    @Test func `without a cache Python's sources are not where tasks' folders are`() {
        let environment = ProcessEnvironment.sample(["HOME": "relative"])
        #expect(environment.artefactFolder == nil)
        #expect(environment.pythonFolder == "/tmp/cove-python-\(ProcessEnvironment.userID)")
    }
}
