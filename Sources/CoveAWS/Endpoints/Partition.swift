// SPDX-License-Identifier: Apache-2.0

/// A separate part of AWS, with its own accounts, ARNs and domain names.
public struct Partition: Sendable, Hashable {
    /// The partition's id as ARNs hold it: `aws`, `aws-cn`, `aws-us-gov`.
    public let id: String
    /// The end of its services' host names.
    public let dnsSuffix: String
    /// The end of its services' dual-stack host names.
    public let dualStackDNSSuffix: String
    /// The region where its global services, such as Organizations, live.
    public let implicitGlobalRegion: String
    /// The name that stands for no region in particular, `aws-global`.
    public let globalRegion: String
    /// The regions that are known by name; AWS may have opened others since.
    public let regions: [String]
    /// How its regions' names begin: the part before the first or second hyphen.
    let prefixes: [String]

    /// Whether a region's name has the form of this partition's: a prefix, a word of letters, digits or underscores,
    /// a number, joined by hyphens.
    func matches(_ region: String) -> Bool {
        prefixes.contains { prefix in
            guard region.hasPrefix(prefix + "-") else { return false }
            let rest = region.dropFirst(prefix.count + 1).split(separator: "-", omittingEmptySubsequences: false)
            guard rest.count == 2, !rest[0].isEmpty, !rest[1].isEmpty else { return false }
            return rest[0].unicodeScalars.allSatisfy { $0 == "_" || $0.isASCIILetterOrDigit }
                && rest[1].unicodeScalars.allSatisfy { $0.isASCII && $0.properties.numericType == .decimal }
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isASCIILetterOrDigit: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }
}

extension Partition {
    /// Every known partition.
    public static var all: [Partition] { PartitionTable.partitions }

    /// The partition of an ARN's second part.
    public static func named(_ id: String) -> Partition? { all.first { $0.id == id } }

    /// The partition of a region: by its name if it is known, else by the name's form; `aws` for a name that fits none,
    /// as botocore takes it.
    public static func partition(forRegion region: String) -> Partition {
        all.first { $0.regions.contains(region) || $0.globalRegion == region }
            ?? all.first { $0.matches(region) } ?? PartitionTable.aws
    }

    /// Whether some partition knows the region by name.
    public static func knows(region: String) -> Bool { all.contains { $0.regions.contains(region) } }

    /// The names of all known regions, in the partitions' order.
    public static var allRegions: [String] { all.flatMap(\.regions) }
}
