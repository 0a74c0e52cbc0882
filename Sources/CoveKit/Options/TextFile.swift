// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

/// A small file of text that an option names.
enum TextFile {
    /// The text of a file of at most `limit` bytes; the failure says what was found instead.
    static func read(_ path: String, limit: Int) -> Result<String, InvalidRequest> {
        guard let handle = FileDescriptor(reading: path) else {
            return .failure(InvalidRequest("file \(path) cannot be read: \(FileDescriptor.lastError)"))
        }
        guard let bytes = handle.read(upTo: limit + 1) else {
            return .failure(InvalidRequest("file \(path) cannot be read: \(FileDescriptor.lastError)"))
        }
        guard bytes.count <= limit else {
            return .failure(InvalidRequest("file \(path) has more than \(limit) bytes"))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .failure(InvalidRequest("file \(path) is not UTF-8 text"))
        }
        return .success(text)
    }
}
