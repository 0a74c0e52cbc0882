// SPDX-License-Identifier: Apache-2.0

/// Where a listing goes on: the service's own tokens by the parameters that take them, and how many elements of that page
/// were had already.
///
/// Its text is botocore's: the AWS CLI and boto3 go on where Cove ended, and the other way round.
struct ResumeToken: Sendable, Equatable {
    /// The parameters and their values, in order; `null` where the service gave none.
    var parameters: AWSMembers
    /// How many elements of the page are left out, having been given on before; nil at a page's beginning.
    var offset: Int?

    private static let offsetName = "boto_truncate_amount"
    private static let encodedName = "boto_encoded_keys"

    init(parameters: AWSMembers, offset: Int? = nil) {
        self.parameters = parameters
        self.offset = offset
    }

    /// The token that a text stands for; also the older form of botocore, and a service's own token as it is.
    ///
    /// - Parameter names: the parameters that take tokens.
    /// - Throws: `AWSError` (`.invalidInput`) when it is none for these parameters.
    init(_ text: String, for names: [String]) throws {
        self = Self.encoded(text) ?? Self.joined(text, names)
        guard Set(parameters.names).isSubset(of: names) else { throw Self.bad(text) }
    }

    /// The text: a JSON object as base64.
    var text: String {
        var members = parameters
        if let offset { members[Self.offsetName] = .integer(Int64(offset)) }
        var paths: [AWSValue] = []
        var plain = Self.withoutBytes(.structure(members), at: [], &paths)
        if !paths.isEmpty, case .structure(var all) = plain {
            all[Self.encodedName] = .list(paths)
            plain = .structure(all)
        }
        return Base64.encode(plain.json(style: [.ascii, .spaced]))
    }

    // MARK: Forms

    private static func encoded(_ text: String) -> ResumeToken? {
        guard let bytes = Base64.decode(text), let document = try? JSONReader.read(bytes),
            case .structure(var members) = AWSValue(json: document)
        else { return nil }
        if let paths = members[encodedName]?.list {
            members[encodedName] = nil
            var whole = AWSValue.structure(members)
            for path in paths {
                guard let steps = path.list, let decoded = withBytes(whole, at: steps[...]) else { return nil }
                whole = decoded
            }
            members = whole.structure ?? members
        }
        let offset = members[offsetName]?.integer
        members[offsetName] = nil
        return ResumeToken(parameters: members, offset: offset.map { Int(clamping: max(0, $0)) })
    }

    /// botocore's older form: the tokens with three low lines between them, and the offset after the last.
    private static func joined(_ text: String, _ names: [String]) -> ResumeToken {
        var parts = split(text)
        var offset: Int?
        if parts.count == names.count + 1 {
            offset = parts.last.flatMap { Int($0) }.map { max(0, $0) }
            if offset == nil { parts = [text] } else { parts.removeLast() }
        }
        // More tokens than parameters: the reader refuses what has no parameter.
        var parameters = AWSMembers()
        for (index, part) in parts.enumerated() {
            let name = index < names.count ? names[index] : "\(index)"
            parameters[name] = part == "None" ? .null : .string(part)
        }
        for name in names where parameters[name] == nil { parameters[name] = .null }
        return ResumeToken(parameters: parameters, offset: offset)
    }

    private static func split(_ text: String) -> [String] {
        text.split(separator: "___", omittingEmptySubsequences: false).map(String.init)
    }

    private static func bad(_ text: String) -> AWSError {
        AWSError(
            .invalidInput, code: "PaginationError",
            message: "Bad starting token: \(text). Expected the NextToken of an earlier result of the same operation")
    }

    // MARK: Bytes in tokens

    private static func withoutBytes(_ value: AWSValue, at path: [AWSValue], _ paths: inout [AWSValue]) -> AWSValue {
        switch value {
        case .blob(let bytes):
            paths.append(.list(path))
            return .string(Base64.encode(bytes))
        case .list(let elements):
            return .list(
                elements.enumerated().map { withoutBytes($1, at: path + [.integer(Int64($0))], &paths) })
        case .structure(let members):
            var found = AWSMembers()
            for member in members {
                found[member.name] = withoutBytes(member.value, at: path + [.string(member.name)], &paths)
            }
            return .structure(found)
        case .null, .bool, .integer, .double, .string, .timestamp: return value
        }
    }

    private static func withBytes(_ value: AWSValue, at path: ArraySlice<AWSValue>) -> AWSValue? {
        guard let step = path.first else { return value.string.flatMap(Base64.decode).map(AWSValue.blob) }
        switch (value, step) {
        case (.structure(var members), .string(let name)):
            guard let inner = members[name], let decoded = withBytes(inner, at: path.dropFirst()) else { return nil }
            members[name] = decoded
            return .structure(members)
        case (.list(var elements), .integer(let index)):
            guard let place = Int(exactly: index), elements.indices.contains(place),
                let decoded = withBytes(elements[place], at: path.dropFirst())
            else { return nil }
            elements[place] = decoded
            return .list(elements)
        default: return nil
        }
    }
}
