// SPDX-License-Identifier: Apache-2.0

/// The 512 bytes before a file in an archive (POSIX ustar), in the one form that Cove writes and reads.
///
/// A file has one header, and so the same files have one archive and one digest: owner 0, time 0, mode 0644 or 0755.
package enum ArchiveHeader {
    /// Everything in an archive is a multiple of so many bytes.
    package static let block = 512
    /// What ends an archive: two blocks of zeros.
    package static let end = [UInt8](repeating: 0, count: 2 * block)

    private static let nameLength = 100
    private static let prefixLength = 155
    private static let magic = Array("ustar\u{0}00".utf8)

    /// How many zeros follow the content of a file.
    package static func padding(after size: Int) -> Int { (block - size % block) % block }

    /// How many bytes the archive of files has.
    package static func size(of entries: [ArchiveEntry]) -> Int {
        entries.reduce(end.count) { $0 + block + $1.size + padding(after: $1.size) }
    }

    /// The header of a file.
    ///
    /// - Throws: `ArchiveError` for a path or a size that an archive cannot hold.
    package static func bytes(of entry: ArchiveEntry) throws(ArchiveError) -> [UInt8] {
        if let problem = ArchiveEntry.problem(ofPath: entry.path) {
            throw ArchiveError("the path \"\(entry.path)\" cannot be in an archive: \(problem)")
        }
        guard (0...0o77_777_777_777).contains(entry.size) else {
            throw ArchiveError("\(entry.path) has \(entry.size) bytes: an archive holds files of 8 GiB at most")
        }
        let (prefix, name) = try split(entry.path)
        var header: [UInt8] = []
        header.reserveCapacity(block)
        func pad(_ bytes: some Collection<UInt8>, to length: Int) {
            header += bytes
            header += repeatElement(0, count: length - bytes.count)
        }
        pad(name, to: nameLength)
        pad(octal(entry.isExecutable ? 0o755 : 0o644, digits: 7), to: 8)
        pad(octal(0, digits: 7), to: 8)
        pad(octal(0, digits: 7), to: 8)
        pad(octal(entry.size, digits: 11), to: 12)
        pad(octal(0, digits: 11), to: 12)
        header += repeatElement(UInt8(ascii: " "), count: 8)
        header.append(UInt8(ascii: "0"))
        pad([], to: nameLength)
        header += magic
        pad([], to: 64 + 16)
        pad(prefix, to: prefixLength)
        pad([], to: 12)
        header.replaceSubrange(148..<156, with: octal(sum(of: header), digits: 6) + [0, UInt8(ascii: " ")])
        return header
    }

    /// What a header says.
    ///
    /// - Throws: `ArchiveError` for everything that `bytes(of:)` does not write.
    package static func entry(of header: [UInt8]) throws(ArchiveError) -> ArchiveEntry {
        guard header[257..<265].elementsEqual(magic) else {
            throw ArchiveError("found a header without the mark ustar, expected a ustar archive")
        }
        guard number(header[148..<156]) == sum(of: header) else {
            throw ArchiveError("found a header whose checksum is wrong: the archive is damaged")
        }
        let path = try path(of: header)
        guard header[156] == UInt8(ascii: "0") else {
            throw ArchiveError("\"\(path)\" is \(kind(header[156])): an archive holds regular files only")
        }
        if let problem = ArchiveEntry.problem(ofPath: path) {
            throw ArchiveError("the path \"\(path)\" cannot be in an archive: \(problem)")
        }
        guard let size = number(header[124..<136]) else {
            throw ArchiveError("the size of \(path) is not an octal number")
        }
        let entry = ArchiveEntry(path: path, size: size, isExecutable: number(header[100..<108]) == 0o755)
        guard try bytes(of: entry) == header else {
            throw ArchiveError(
                "the header of \(path) is not as Cove writes it: expected mode 0644 or 0755, owner 0, time 0 and no link"
            )
        }
        return entry
    }

    private static func path(of header: [UInt8]) throws(ArchiveError) -> String {
        let name = header[..<nameLength].prefix { $0 != 0 }
        let prefix = header[345..<345 + prefixLength].prefix { $0 != 0 }
        let bytes = Array(prefix) + (prefix.isEmpty ? [] : [UInt8(ascii: "/")]) + name
        guard let path = String(validating: bytes, as: UTF8.self) else {
            throw ArchiveError("found a path that is not UTF-8")
        }
        return path
    }

    /// The two fields that hold a path: a long one is cut at the first `/` that lets both parts fit.
    private static func split(
        _ path: String
    ) throws(ArchiveError) -> (prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>) {
        let bytes = Array(path.utf8)
        if bytes.count <= nameLength { return ([], bytes[...]) }
        let start = bytes.count - nameLength - 1
        guard start <= prefixLength,
            let cut = bytes.indices.first(where: { $0 >= max(1, start) && bytes[$0] == UInt8(ascii: "/") }),
            cut <= prefixLength
        else {
            throw ArchiveError(
                "the path \(path) is too long for an archive: expected a last part of at most \(nameLength) bytes and "
                    + "folders of at most \(prefixLength); shorten its names")
        }
        return (bytes[..<cut], bytes[(cut + 1)...])
    }

    private static func octal(_ number: Int, digits: Int) -> [UInt8] {
        let text = Array(String(number, radix: 8).utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.count)) + text
    }

    /// An octal number with what ends it; nil where it is none.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        guard !digits.isEmpty else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { return nil }
            number = number * 8 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }

    /// The sum of a header's bytes, the field of the sum itself taken for spaces.
    private static func sum(of header: [UInt8]) -> Int {
        header.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(header[$1])) }
    }

    private static func kind(_ type: UInt8) -> String {
        switch type {
        case UInt8(ascii: "1"): "a hard link"
        case UInt8(ascii: "2"): "a symbolic link"
        case UInt8(ascii: "3"), UInt8(ascii: "4"): "a device"
        case UInt8(ascii: "5"): "a folder"
        case UInt8(ascii: "6"): "a pipe"
        default: "an entry of the type \(type)"
        }
    }
}
