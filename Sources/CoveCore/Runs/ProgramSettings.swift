// SPDX-License-Identifier: Apache-2.0

/// What a program is started with, beyond its command line.
///
/// Who does not know one of these settings does not run the program: a limit must never be lost on the way to an older worker.
/// So unlike elsewhere a setting that is not known is kept, in `notUnderstood`, and refused.
public struct ProgramSettings: Sendable, Hashable {
    /// The folder that a program starts in.
    public enum Folder: String, Sendable, CaseIterable {
        /// An empty one of the attempt's own, which is removed when the attempt ends.
        case task
        /// The one that the run was made in.
        case caller
    }

    /// How a program comes to its credentials.
    public enum CredentialSource: String, Sendable, CaseIterable {
        /// Keys in its environment, as they are when it starts.
        case environment
        /// An endpoint on loopback, as containers have it, which gives credentials that are valid when they are asked for.
        case server
    }

    /// The memory that a program may be limited to, in bytes.
    public static let memoryLimits = 16 << 20...1 << 50

    /// The folder to start in; nil for the caller's where the specification names one, else the attempt's own.
    public var folder: Folder?
    /// Whether `{account}`, `{region}` and `{name}` in its arguments stand for those of the target.
    public var fillsTemplates: Bool
    /// How much memory each of its processes may map, in bytes; nil for no limit of Cove's.
    public var memoryLimit: Int?
    /// How it comes to its credentials.
    public var credentials: CredentialSource
    /// What was asked for beyond that, in the words of whoever asked: settings of a later version.
    public private(set) var notUnderstood: [String] = []

    /// Settings; the defaults are what a program without any has.
    public init(
        folder: Folder? = nil, fillsTemplates: Bool = false, memoryLimit: Int? = nil,
        credentials: CredentialSource = .environment
    ) {
        self.folder = folder
        self.fillsTemplates = fillsTemplates
        self.memoryLimit = memoryLimit
        self.credentials = credentials
    }
}

extension ProgramSettings: Codable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }

        static let folder = Key(stringValue: "folder")
        static let fillsTemplates = Key(stringValue: "fillsTemplates")
        static let memoryLimit = Key(stringValue: "memoryLimit")
        static let credentials = Key(stringValue: "credentials")
    }

    /// Reads settings, also such that this version does not know.
    public init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: Key.self)
        for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
            if try container.decodeNil(forKey: key) { continue }
            switch key.stringValue {
            case Key.folder.stringValue: folder = try word(key, container)
            case Key.fillsTemplates.stringValue: fillsTemplates = try container.decode(Bool.self, forKey: key)
            case Key.memoryLimit.stringValue: memoryLimit = try container.decode(Int.self, forKey: key)
            case Key.credentials.stringValue: credentials = try word(key, container) ?? credentials
            default: notUnderstood.append(key.stringValue)
            }
        }
    }

    private mutating func word<Word: RawRepresentable>(
        _ key: Key, _ container: KeyedDecodingContainer<Key>
    ) throws -> Word? where Word.RawValue == String {
        let text = try container.decode(String.self, forKey: key)
        if let word = Word(rawValue: text) { return word }
        notUnderstood.append("\(key.stringValue) \(text)")
        return nil
    }

    /// Writes what differs from the defaults.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(folder?.rawValue, forKey: .folder)
        if fillsTemplates { try container.encode(true, forKey: .fillsTemplates) }
        try container.encodeIfPresent(memoryLimit, forKey: .memoryLimit)
        if credentials != .environment { try container.encode(credentials.rawValue, forKey: .credentials) }
    }
}

extension ProgramSettings: CustomStringConvertible {
    /// What differs from the defaults, in a few words; empty when nothing does.
    public var description: String {
        var words: [String] = []
        switch folder {
        case .task: words.append("in a folder of its own")
        case .caller: words.append("in the caller's folder")
        case nil: break
        }
        if let memoryLimit { words.append("memory up to \(ByteCount(memoryLimit))") }
        if credentials == .server { words.append("credentials from a server") }
        if fillsTemplates { words.append("templates") }
        return words.joined(separator: ", ")
    }
}

/// A number of bytes as people write it: `512 MiB`.
package struct ByteCount: CustomStringConvertible, Sendable {
    package let bytes: Int

    package init(_ bytes: Int) { self.bytes = bytes }

    package var description: String {
        for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes > 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift) \(unit)"
        }
        return "\(bytes) bytes"
    }
}
