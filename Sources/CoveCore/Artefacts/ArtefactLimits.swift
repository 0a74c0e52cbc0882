// SPDX-License-Identifier: Apache-2.0

/// How large artefacts may be.
package enum ArtefactLimits {
    /// The largest archive, in bytes: 64 MiB.
    package static let archive = 64 << 20
    /// How many files an archive holds at most.
    package static let files = 10_000
    /// How many bytes of an archive travel and are stored together at most: 256 KiB, so that what keeps leases never waits long.
    package static let part = 256 << 10
}

extension ArtefactReference {
    /// What is wrong with the reference, in sentences; empty when there can be such an artefact.
    ///
    /// A digest is the name of a folder at the worker: nobody's word is taken for it.
    package var problems: [String] {
        var found: [String] = []
        let isDigest =
            digest.utf8.count == 64
            && digest.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (0x61...0x66).contains($0)
            }
        if !isDigest {
            found.append("the artefact's digest is not one: expected 64 hexadecimal digits in lower case")
        }
        if !(1...ArtefactLimits.archive).contains(size) {
            found.append("the artefact has \(size) bytes: expected 1 to \(ArtefactLimits.archive) (64 MiB)")
        }
        return found
    }
}
