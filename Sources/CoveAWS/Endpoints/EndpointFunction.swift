// SPDX-License-Identifier: Apache-2.0

/// The functions of the endpoint rules (Smithy rules engine 1.0, standard library and AWS's own).
enum EndpointFunction: String, Sendable {
    case isSet, not, getAttr, substring, stringEquals, booleanEquals, isValidHostLabel, uriEncode, parseURL
    case partition = "aws.partition"
    case parseARN = "aws.parseArn"
    case isVirtualHostableS3Bucket = "aws.isVirtualHostableS3Bucket"

    var argumentCount: Int {
        switch self {
        case .isSet, .not, .uriEncode, .parseURL, .partition, .parseARN: 1
        case .getAttr, .stringEquals, .booleanEquals, .isValidHostLabel, .isVirtualHostableS3Bucket: 2
        case .substring: 4
        }
    }

    /// Calls the function with as many arguments as it takes; `null` is what has no value.
    func call(_ arguments: [AWSValue]) throws -> AWSValue {
        switch self {
        case .isSet: return .bool(!arguments[0].isNull)
        case .not: return .bool(!(arguments[0].bool ?? !arguments[0].isNull))
        case .getAttr: return Self.attribute(arguments[1].string ?? "", of: arguments[0])
        case .stringEquals:
            guard let left = arguments[0].string, let right = arguments[1].string else { throw wrong(arguments) }
            return .bool(left == right)
        case .booleanEquals:
            guard let left = arguments[0].bool, let right = arguments[1].bool else { throw wrong(arguments) }
            return .bool(left == right)
        case .isValidHostLabel:
            return .bool(Self.isHostLabel(arguments[0].string, allowingDots: arguments[1].bool ?? false))
        case .uriEncode: return arguments[0].string.map { .string(Self.encoded($0)) } ?? .null
        case .parseURL: return arguments[0].string.map(Self.url) ?? .null
        case .partition: return Self.partition(arguments[0].string)
        case .parseARN: return arguments[0].string.map(Self.arn) ?? .null
        case .isVirtualHostableS3Bucket:
            return .bool(Self.isVirtualHostable(arguments[0].string, allowingDots: arguments[1].bool ?? false))
        case .substring:
            guard let text = arguments[0].string, let start = arguments[1].integer, let stop = arguments[2].integer
            else { throw wrong(arguments) }
            return Self.part(of: text, Int(clamping: start), Int(clamping: stop), fromEnd: arguments[3].bool ?? false)
        }
    }

    private func wrong(_ arguments: [AWSValue]) -> AWSError {
        EndpointRuleset.unreadable("\(rawValue) was called with \(AWSValue.list(arguments).jsonText())")
    }

    /// The value at the end of a path such as `resourceId[0]` or `a.b`.
    private static func attribute(_ path: String, of value: AWSValue) -> AWSValue {
        var found = value
        for step in path.split(separator: ".") {
            let parts = step.split(separator: "[", omittingEmptySubsequences: false)
            if let name = parts.first, !name.isEmpty { found = found[String(name)] }
            for index in parts.dropFirst() {
                guard let number = Int(index.dropLast()) else { return .null }
                found = found[number]
            }
        }
        return found
    }

    private static func part(of text: String, _ start: Int, _ stop: Int, fromEnd: Bool) -> AWSValue {
        let bytes = Array(text.utf8)
        guard start >= 0, start < stop, stop <= bytes.count, bytes.allSatisfy({ $0 < 0x80 }) else { return .null }
        let range = fromEnd ? bytes.count - stop..<bytes.count - start : start..<stop
        return .string(String(decoding: bytes[range], as: UTF8.self))
    }

    // MARK: Hosts

    private static func isHostLabel(_ text: String?, allowingDots: Bool) -> Bool {
        guard let text else { return false }
        if allowingDots {
            return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isHostLabel(String($0)) }
        }
        return isHostLabel(text)
    }

    private static func isHostLabel(_ text: String) -> Bool {
        let bytes = text.utf8
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(bytes.count), bytes.first != hyphen, bytes.last != hyphen else { return false }
        return bytes.allSatisfy { isDigit($0) || isLetter($0) || $0 == hyphen }
    }

    private static func isVirtualHostable(_ text: String?, allowingDots: Bool) -> Bool {
        guard let text, text.utf8.count >= 3, !text.utf8.contains(where: { (0x41...0x5A).contains($0) }) else {
            return false
        }
        return !isIPv4(text) && isHostLabel(text, allowingDots: allowingDots)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) }

    private static func isIPv4(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy(isDigit) && (Int(part) ?? 256) < 256
            }
    }

    private static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        PercentEncoding.append(Array(text.utf8), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Structures

    private static func url(_ text: String) -> AWSValue {
        let scheme = text.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https", text.dropFirst(scheme.count).hasPrefix("://"),
            !text.contains("?"), !text.contains("#")
        else { return .null }
        let rest = text.dropFirst(scheme.count + 3)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        let path = String(rest[slash...])
        guard !authority.isEmpty, isAuthority(authority) else { return .null }
        let host = authority.hasPrefix("[") ? authority : authority.prefix { $0 != ":" }
        return [
            "scheme": .string(scheme), "authority": .string(String(authority)), "path": .string(path),
            "normalizedPath": .string(path.hasSuffix("/") ? path : path + "/"),
            "isIp": .bool(host.hasPrefix("[") || isIPv4(host)),
        ]
    }

    /// Whether a port, where there is one, is a number.
    private static func isAuthority(_ text: some StringProtocol) -> Bool {
        let end = text.lastIndex(of: "]").map { text.index(after: $0) } ?? text.startIndex
        let parts = text[end...].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return false }
        return parts.count < 2 || parts[1].isEmpty || UInt16(parts[1]) != nil
    }

    private static func partition(_ region: String?) -> AWSValue {
        let partition = region.map { Partition.partition(forRegion: $0) } ?? PartitionTable.aws
        return [
            "name": .string(partition.id), "dnsSuffix": .string(partition.dnsSuffix),
            "dualStackDnsSuffix": .string(partition.dualStackDNSSuffix), "supportsFIPS": true,
            "supportsDualStack": true, "implicitGlobalRegion": .string(partition.implicitGlobalRegion),
        ]
    }

    private static func arn(_ text: String) -> AWSValue {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty else {
            return .null
        }
        let resource = parts[5].split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "/" }
        return [
            "partition": .string(parts[1]), "service": .string(parts[2]), "region": .string(parts[3]),
            "accountId": .string(parts[4]), "resourceId": .list(resource.map { .string(String($0)) }),
        ]
    }
}
