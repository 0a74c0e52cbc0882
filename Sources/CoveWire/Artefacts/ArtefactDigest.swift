// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import Crypto

/// The digest of an archive, taken as its bytes come.
package struct ArtefactDigest: Sendable {
    private var hash = SHA256()
    private var count = 0

    package init() {}

    /// Takes the next bytes.
    package mutating func update(_ bytes: some Collection<UInt8>) {
        count += bytes.count
        let isTaken: Void? = bytes.withContiguousStorageIfAvailable { hash.update(bufferPointer: .init($0)) }
        if isTaken == nil { Array(bytes).withUnsafeBytes { hash.update(bufferPointer: $0) } }
    }

    /// What refers to the bytes that were taken.
    package var reference: ArtefactReference {
        ArtefactReference(digest: hash.finalize().hexadecimal, size: count)
    }
}
