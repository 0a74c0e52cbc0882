// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

@Suite struct TextFileTests {
    @Test func `a file up to the limit is read whole`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("f", "é 12".utf8)
        #expect(TextFile.read(path, limit: 5) == .success("é 12"))
        #expect(TextFile.read(path, limit: 4) == .failure(InvalidRequest("file \(path) has more than 4 bytes")))
        #expect(TextFile.read(try folder.write("empty", []), limit: 0) == .success(""))
    }

    @Test func `what is no text, no file or not there is told`() throws {
        let folder = try TemporaryFolder()
        let binary = try folder.write("b", [0x61, 0xFF])
        #expect(TextFile.read(binary, limit: 9) == .failure(InvalidRequest("file \(binary) is not UTF-8 text")))
        let none = folder.file("none")
        #expect(
            TextFile.read(none, limit: 9)
                == .failure(InvalidRequest("file \(none) cannot be read: No such file or directory")))
        #expect(
            TextFile.read(folder.path, limit: 9)
                == .failure(InvalidRequest("file \(folder.path) cannot be read: Is a directory")))
    }
}
