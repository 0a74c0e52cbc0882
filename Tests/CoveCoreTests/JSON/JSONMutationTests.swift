// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Foundation
import Testing

/// Documents with seeded damage, judged by the checker and by Foundation's reader.
@Suite struct JSONMutationTests {
    static let documents = [
        #"{"a":[1,-2.5e3,true,null],"é":{"b":"\u00e9\n\"x"}}"#, #"[[[[]]],{"k":{}},"",0.5,-0,1E+2]"#,
        #" { "Users" : [ "root" , "😀" ] , "n" : 12 } "#, #""\ud83d\ude00 text \\ \/""#, "-12.75e-10",
        "[false,{\"\":[]}]",
    ]
    static let words = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00", "\\ud83d", "\\ude00", "1e", "-", "+", ".", "0", "null",
        "true", " ",
        "\n", "\u{1}", "\u{A0}", "é", "//", "'",
    ]

    @Test func `100,000 damaged documents crash nothing, and Foundation agrees on each`() {
        var generator = SeededGenerator(seed: 20_261_121)
        var accepted = 0
        for round in 0..<100_000 {
            let bytes = Self.damaged(Array(Self.documents[round % Self.documents.count].utf8), &generator)
            let result = JSONText.checked(bytes)
            switch result {
            case .success(let value):
                accepted += 1
                #expect(JSONText.checked(value.utf8) == result, "white space around \(bytes)")
                _ = value.stringValue
                if !Self.isBeyondFoundation(bytes), !Self.foundationReads(bytes) {
                    Issue.record("accepted, but not by Foundation: \(String(decoding: bytes, as: UTF8.self))")
                }
            case .failure(let problem):
                #expect((0...bytes.count).contains(problem.offset))
                if !Self.isFoundationsOwn(bytes), Self.foundationReads(bytes) {
                    Issue.record(
                        "refused (\(problem)), but not by Foundation: \(String(decoding: bytes, as: UTF8.self))")
                }
            }
        }
        #expect(accepted > 10_000 && accepted < 90_000, "\(accepted) were accepted: the damage says nothing")
    }

    private static func damaged(_ document: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = document
        for _ in 0..<Int.random(in: 1...2, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1, 2: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &generator)
            case 3: bytes.remove(at: place)
            case 4: bytes.removeSubrange(place...)
            case 5: bytes.append(contentsOf: bytes[place...])
            default: bytes.insert(contentsOf: (words.randomElement(using: &generator) ?? "").utf8, at: place)
            }
        }
        return bytes
    }

    private static func foundationReads(_ bytes: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }

    /// RFC 8259 allows what Foundation does not represent: lone surrogates and numbers beyond a double.
    private static func isBeyondFoundation(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains(#/\\u[dD][89a-fA-F]/#) || text.contains(#/[eE][+-]?\d{3}/#)
    }

    /// Foundation guesses at encodings other than UTF-8, and takes a comma before a closing bracket.
    private static func isFoundationsOwn(_ bytes: [UInt8]) -> Bool {
        if bytes.contains(0) || bytes.starts(with: [0xEF, 0xBB, 0xBF]) || bytes.starts(with: [0xFF, 0xFE])
            || bytes.starts(with: [0xFE, 0xFF])
        {
            return true
        }
        return String(decoding: bytes, as: UTF8.self).contains(#/,[ \t\r\n]*[\]}]/#)
    }
}
