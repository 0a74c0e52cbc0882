// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

/// Answers with seeded damage: a reader must refuse them or read them, and never crash or loop.
struct MutationTests {
    private static let count = 20_000

    @Test func `20,000 damaged XML answers crash nothing`() throws {
        let answer = """
            <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>\
            <Arn>arn:aws:sts::1:assumed-role/r&amp;x/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIA</AccessKeyId>\
            <!-- c --><Expiration>2026-11-21T00:00:00Z</Expiration><![CDATA[x]]></Credentials></AssumeRoleResult>\
            </AssumeRoleResponse>
            """
        let words = ["<", ">", "&", "<!DOCTYPE a [", "<!ENTITY x 'y'>", "]]>", "<a>", "</a>", "&x;", "<?xml ", "\0"]
        let metadata = try BuiltInModel.sts.get().metadata
        let refused = Self.run(answer, words, seed: 1) { bytes in
            let response = HTTPResponse(status: 200, body: bytes)
            _ = ErrorReader.fault(of: response, metadata)
            return (try? XMLReader.read(bytes)) == nil
        }
        #expect(refused > Self.count / 4 && refused < Self.count)
    }

    @Test func `20,000 damaged JSON answers crash nothing`() throws {
        let answer = """
            {"Accounts":[{"Id":"111111111111","Name":"a\\u00e9\\n","Email":"a@b.c","JoinedTimestamp":1.5e3,"State":null},\
            {"Id":"222222222222","Flags":[true,false,[],{}]}],"NextToken":"dG9rZW4="}
            """
        let words = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\ud800", "1e", "-", "null", "[[[[[[[[", "\0", "\u{7f}",
        ]
        let metadata = try BuiltInModel.organizations.get().metadata
        let refused = Self.run(answer, words, seed: 2) { bytes in
            let response = HTTPResponse(status: 400, body: bytes)
            _ = ErrorReader.fault(of: response, metadata)
            return (try? JSONReader.read(bytes)) == nil
        }
        #expect(refused > Self.count / 4 && refused < Self.count)
    }

    /// Damages the text again and again and returns how often `isRefused` said so.
    private static func run(
        _ text: String, _ words: [String], seed: UInt64, _ isRefused: ([UInt8]) -> Bool
    ) -> Int {
        var random = SplitMix(state: seed)
        var refused = 0
        for _ in 0..<count {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: place)
                case 3: bytes.removeSubrange(place...)
                default:
                    let end = min(bytes.count, place + Int.random(in: 1...20, using: &random))
                    bytes.append(contentsOf: bytes[place..<end])
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            if isRefused(bytes) { refused += 1 }
        }
        return refused
    }
}

/// A small generator of numbers that are the same for the same seed (Steele, Lea and Flood 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
