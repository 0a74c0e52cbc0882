// SPDX-License-Identifier: Apache-2.0

/// The number that the linker gave an executable, which `strip` leaves as it is: a digest of what it made, unless it was told otherwise.
///
/// It stands in a note of type `NT_GNU_BUILD_ID`, in a segment of type `PT_NOTE` (elf(5), `ld --build-id`; `readelf -n` shows it).
enum BuildID {
    /// Shorter ones, which `--build-id=0x…` can give, do not tell builds apart.
    private static let lengths = 8...64

    /// The build ID of an ELF file of 64 bits, by how the file begins; nil where it has none there.
    ///
    /// Linkers put notes right after the headers.
    static func find(in start: [UInt8]) -> [UInt8]? {
        let file = LittleEndian(start)
        guard start.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]),
            let headers = file.integer(at: 32, bytes: 8),
            let size = file.integer(at: 54, bytes: 2),
            let count = file.integer(at: 56, bytes: 2)
        else { return nil }
        for index in 0..<count {
            let header = file.part(at: headers, skipping: index * size)
            guard let type = header.integer(at: 0, bytes: 4) else { return nil }
            guard type == 4, let offset = header.integer(at: 8, bytes: 8),
                let length = header.integer(at: 32, bytes: 8), let alignment = header.integer(at: 48, bytes: 8)
            else { continue }
            let notes = file.part(at: offset, skipping: 0).prefix(length)
            if let found = find(inNotes: notes, alignment: alignment == 8 ? 8 : 4) { return found }
        }
        return nil
    }

    private static func find(inNotes notes: LittleEndian, alignment: Int) -> [UInt8]? {
        var rest = notes
        while let name = rest.integer(at: 0, bytes: 4), let length = rest.integer(at: 4, bytes: 4),
            let type = rest.integer(at: 8, bytes: 4)
        {
            let start = padded(12 + name, to: alignment)
            if type == 3, name == 4, rest.bytes(at: 12, count: 4) == Array("GNU\0".utf8), lengths ~= length {
                return rest.bytes(at: start, count: length)
            }
            rest = rest.part(at: padded(start + length, to: alignment), skipping: 0)
        }
        return nil
    }

    private static func padded(_ length: Int, to alignment: Int) -> Int {
        (length + alignment - 1) / alignment * alignment
    }
}

/// Bytes that hold numbers, the least significant byte first; what is outside of them is nil or empty.
private struct LittleEndian {
    private var all: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { all = bytes[...] }

    private init(_ part: ArraySlice<UInt8>) { all = part }

    func bytes(at offset: Int, count: Int) -> [UInt8]? {
        guard offset >= 0, offset <= all.count, count <= all.count - offset else { return nil }
        return Array(all.dropFirst(offset).prefix(count))
    }

    /// A number of up to 8 bytes; nil too where it is no `Int`.
    func integer(at offset: Int, bytes count: Int) -> Int? {
        bytes(at: offset, count: count).flatMap { bytes in
            Int(exactly: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
    }

    /// What begins at the sum of two offsets; empty where that is outside.
    func part(at offset: Int, skipping more: Int) -> Self {
        let (start, isTooLarge) = offset.addingReportingOverflow(more)
        return Self(isTooLarge ? [] : all.dropFirst(start))
    }

    func prefix(_ count: Int) -> Self { Self(all.prefix(count)) }
}
