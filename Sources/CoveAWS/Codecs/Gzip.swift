// SPDX-License-Identifier: Apache-2.0

internal import CZlib

/// Gzip (RFC 1952), in which botocore's wheels hold the models, and in which some services take large bodies.
enum Gzip {
    /// How large an unpacked file may be: the largest model has 10 MB.
    static let limit = 64 << 20

    /// Whether bytes begin as a gzip file does.
    static func isPacked(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// The bytes that were packed.
    static func unpack(_ packed: [UInt8]) throws(CodecError) -> [UInt8] {
        var stream = z_stream()
        guard cove_inflate_gzip_init(&stream) == Z_OK else { throw CodecError("zlib has no memory", at: 0) }
        defer { inflateEnd(&stream) }
        var packed = packed
        var unpacked: [UInt8] = []
        unpacked.reserveCapacity(min(limit, packed.count * 12))
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var status = Z_OK
        packed.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            while status == Z_OK, unpacked.count <= limit {
                let room = UInt32(chunk.count)
                let written = chunk.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = room
                    status = inflate(&stream, Z_NO_FLUSH)
                    return Int(room - stream.avail_out)
                }
                unpacked += chunk[..<written]
                if written == 0, stream.avail_in == 0 { break }
            }
        }
        guard unpacked.count <= limit else { throw CodecError("larger than \(limit) bytes unpacked", at: 0) }
        guard status == Z_STREAM_END else { throw CodecError("the gzip data is damaged or cut off", at: 0) }
        return unpacked
    }

    /// The bytes, packed.
    static func pack(_ bytes: [UInt8]) throws(CodecError) -> [UInt8] {
        var stream = z_stream()
        guard cove_deflate_gzip_init(&stream) == Z_OK else { throw CodecError("zlib has no memory", at: 0) }
        defer { deflateEnd(&stream) }
        guard bytes.count < 1 << 31 else { throw CodecError("\(bytes.count) bytes are too many to pack", at: 0) }
        var source = bytes
        var status = Z_OK
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        let packed = source.withUnsafeMutableBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: bound) { output, count in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                status = deflate(&stream, Z_FINISH)
                count = output.count - Int(stream.avail_out)
            }
        }
        guard status == Z_STREAM_END else { throw CodecError("zlib cannot pack: \(status)", at: 0) }
        return packed
    }
}
