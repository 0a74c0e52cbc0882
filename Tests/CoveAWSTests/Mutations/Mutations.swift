// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Foundation
import Testing

@testable import CoveAWS

/// The readers of outside bytes, with damaged ones. One after the other, so that threads are left for other tests.
@Suite(.serialized, .timeLimit(.minutes(30))) enum MutationTests {}

/// Inputs with seeded damage for a reader of outside bytes: it must read or refuse each, and make no more of one than it holds.
struct Mutations {
    /// How many inputs each reader gets: `COVE_MUTATIONS`, or 20,000, which take some twenty seconds in all.
    static let count = ProcessInfo.processInfo.environment["COVE_MUTATIONS"].flatMap { Int($0) } ?? 20_000

    /// What is read, for the line that the test prints.
    let reader: String
    let seed: UInt64
    /// Whole inputs, which are damaged in turn.
    let corpus: [[UInt8]]
    /// What breaks readers where it stands in the wrong place.
    let words: [[UInt8]]

    init(_ reader: String, seed: UInt64, _ corpus: [[UInt8]], words: [[UInt8]]) {
        self.reader = reader
        self.seed = seed
        self.corpus = corpus
        self.words = words
    }

    init(_ reader: String, seed: UInt64, _ corpus: [String], words: [String]) {
        self.init(reader, seed: seed, corpus.map { Array($0.utf8) }, words: words.map { Array($0.utf8) })
    }

    /// Gives a reader every input.
    ///
    /// - Parameter factor: how much may be made of each byte of an input, in nodes and bytes.
    /// - Parameter isChecked: whether the reader refuses all that is damaged, because it holds a checksum.
    /// - Parameter read: reads an input and says how much it made of it; throws to refuse it.
    func run(factor: Int = 1, isChecked: Bool = false, _ read: ([UInt8]) throws -> Int) async {
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for round in 0..<Self.count {
            // Other tests wait for a thread.
            if round % 20 == 0 { await Task.yield() }
            let input = damaged(corpus[round % corpus.count], &generator)
            guard let made = try? read(input) else { continue }
            accepted += 1
            // A short answer has a status and header fields, too.
            if made > factor * (input.count + 64) {
                Issue.record(
                    "\(reader) made \(made) of \(input.count) bytes in round \(round) of seed \(seed): \(input)")
            }
        }
        print(
            "mutations, \(reader): \(Self.count) inputs of seed \(seed), \(accepted) read, \(Self.count - accepted) refused"
        )
        #expect(
            (isChecked || accepted > Self.count / 100) && accepted < Self.count - Self.count / 100,
            "the damage says nothing")
    }

    private func damaged(_ input: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = input
        for _ in 0..<Int.random(in: 1...2, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<9, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            case 2: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &generator)
            case 3: bytes.remove(at: place)
            case 4 where Int.random(in: 0..<4, using: &generator) == 0: bytes.removeSubrange(place...)
            case 5:
                let end = min(bytes.count, place + Int.random(in: 1...24, using: &generator))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
            case 6:
                let end = min(bytes.count, place + Int.random(in: 1...8, using: &generator))
                bytes.removeSubrange(place..<end)
            default: bytes.insert(contentsOf: words.randomElement(using: &generator) ?? [], at: place)
            }
        }
        return bytes
    }
}

extension AWSValue {
    /// Whether what is written of a value can be read again.
    var isWritable: Bool { (try? JSONReader.read(json)) != nil }

    /// How much a value holds: its nodes, and the bytes of its texts and blobs.
    var weight: Int {
        switch self {
        case .null, .bool, .integer, .double, .timestamp: 1
        case .string(let text): 1 + text.utf8.count
        case .blob(let bytes): 1 + bytes.count
        case .list(let elements): elements.reduce(1) { $0 + $1.weight }
        case .structure(let members): members.weight
        }
    }

    /// How deep lists and structures nest.
    var depth: Int {
        switch self {
        case .list(let elements): 1 + (elements.map(\.depth).max() ?? 0)
        case .structure(let members): 1 + (members.map(\.value.depth).max() ?? 0)
        default: 0
        }
    }
}

extension AWSMembers {
    /// How much the members hold, with their names.
    var weight: Int { reduce(1) { $0 + $1.name.utf8.count + $1.value.weight } }
}

extension XMLElement {
    /// How much an element holds: elements, attributes, and the bytes of names and texts.
    var weight: Int {
        attributes.reduce(1 + name.utf8.count + text.utf8.count) { $0 + 1 + $1.name.utf8.count + $1.value.utf8.count }
            + children.reduce(0) { $0 + $1.weight }
    }

    /// How deep elements nest.
    var depth: Int { 1 + (children.map(\.depth).max() ?? 0) }
}
