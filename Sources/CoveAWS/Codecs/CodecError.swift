// SPDX-License-Identifier: Apache-2.0

/// Why bytes are not the document that they should be.
struct CodecError: Error, Equatable {
    /// What was found and what was expected.
    let message: String
    /// Where, in bytes from the beginning.
    let offset: Int

    init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }
}
