// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials
import Testing

@testable import CoveWorker

struct ProgramLocateTests {
    @Test func `a name is the first program of that name in PATH that may be executed`() throws {
        let workshop = try ProgramWorkshop()
        for folder in ["a", "b", "c"] {
            try FileManager.default.createDirectory(
                atPath: workshop.folder + "/" + folder, withIntermediateDirectories: true)
        }
        try workshop.write("", to: "a/tool", mode: 0o644)
        try workshop.write("", to: "b/tool", mode: 0o755)
        try workshop.write("", to: "c/tool", mode: 0o755)
        let folder = workshop.folder
        #expect(try locate("tool", "/none:\(folder)/a:\(folder)/b:\(folder)/c").get() == folder + "/b/tool")
        #expect(
            locate("tool", folder + "/a")
                == .failure(
                    InvalidRequest(
                        "the program tool cannot be run: \(folder)/a/tool: it is not executable; "
                            + "set its permission with chmod +x")))
    }

    @Test func `a path is relative to the working folder`() throws {
        let workshop = try ProgramWorkshop()
        try workshop.write("", to: "tool", mode: 0o755)
        #expect(try locate("./tool", nil, in: workshop.folder).get() == workshop.folder + "/./tool")
        #expect(try locate(workshop.folder + "/tool", nil).get() == workshop.folder + "/tool")
        #expect(
            locate(workshop.folder, nil)
                == .failure(InvalidRequest("the program \(workshop.folder) cannot be run: it is a folder")))
        #expect(
            locate("/dev/null", nil)
                == .failure(InvalidRequest("the program /dev/null cannot be run: it is not a regular file")))
    }

    @Test func `the working folder is never searched for a name`() throws {
        let workshop = try ProgramWorkshop()
        try workshop.write("", to: "tool", mode: 0o755)
        for path in ["", ":", ".", ":."] {
            #expect(
                locate("tool", path, in: workshop.folder)
                    == .failure(InvalidRequest("the program tool is not in any folder of PATH")))
        }
    }

    @Test func `without PATH, or without a name, it is said what is missing`() {
        #expect(
            locate("tool", nil)
                == .failure(
                    InvalidRequest(
                        "the program tool cannot be found: PATH is not set; set it, or name the program by its path")))
        for program in ["", "a\0b"] {
            #expect(
                locate(program, "/bin")
                    == .failure(InvalidRequest("no program to run: its name is empty or holds a NUL byte")))
        }
    }

    private func locate(_ program: String, _ path: String?, in folder: String = "/") -> Result<String, InvalidRequest> {
        ProgramExecutor.locate(program, environment: path.map { ["PATH": $0] } ?? [:], workingDirectory: folder)
    }
}
