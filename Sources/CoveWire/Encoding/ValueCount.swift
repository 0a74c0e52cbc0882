// SPDX-License-Identifier: Apache-2.0

/// How many values a JSON text has, without parsing it.
///
/// A parser takes some 50 bytes for a value of two, so that a text within its limit may take many times its length.
enum ValueCount {
    /// Whether a text has no more than `limit` values; what is no JSON is not looked for.
    static func isAtMost(_ limit: Int, in json: [UInt8]) -> Bool {
        json.withUnsafeBufferPointer { bytes in
            // A value follows a comma or an opening bracket; empty brackets count as if they held one.
            var count = 1
            var index = 0
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "\""):
                    index += 1
                    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                        index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                    }
                case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"):
                    count += 1
                    if count > limit { return false }
                default: break
                }
                index += 1
            }
            return true
        }
    }
}
