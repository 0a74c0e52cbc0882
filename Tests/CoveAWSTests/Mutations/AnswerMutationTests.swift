// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

extension MutationTests {
    /// The readers of answers: header, body and errors, in every protocol.
    @Suite struct AnswerMutationTests {
        @Test func `damaged header fields are read`() async {
            let corpus = [
                "Date: Sat, 21 Nov 2026 00:10:00 GMT\r\nContent-Type: application/xml\r\nx-amzn-RequestId: 1-2-3\r\nX-A: \r\n",
                "x-tag: é\r\nx-size: 12\r\nx-when: Sat, 21 Nov 2026 00:10:00 GMT\r\nx-flags: true, false\r\nx-meta-a: b\r\n",
                "x-size:9223372036854775807\nx-when:2026-11-21T00:10:00.5Z\nx-flags:true\nx-tag:\"a,b\"\n",
            ]
            let words = [
                "\r\n", "\n", "\r", ":", ",", "\"", " ", "\t", "\0", "x-size: -1", "x-meta-: ", "1e999", "nan", "é",
            ]
            guard let (operation, metadata) = try? WireModel(wire: .restJSON).operation() else {
                Issue.record("the model cannot be read")
                return
            }
            await Mutations("header", seed: 11, corpus, words: words).run(factor: 8) { bytes in
                let response = HTTPResponse(status: 200, headerBlock: bytes, body: [])
                let fields = response.headers
                for field in fields.fields { #expect(!field.value.utf8.contains(0x0A)) }
                #expect(response.header("x-tag") == fields["x-tag"])
                let members = try OutputReader.read(response, operation, metadata)
                return fields.fields.reduce(members.weight) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            }
        }

        @Test(arguments: WireModel.all)
        func `a damaged answer is read or refused, and its error is known or not`(_ model: WireModel) async throws {
            let (operation, metadata) = try model.operation()
            let words = [
                "<", ">", "&", "</Items>", "<item>", "<entry/>", "<![CDATA[", "{", "}", "[", "]", ",", ":", "\"",
                "null",
                "1e999", "nan",
                "-INF", "#", "\0", "\u{FF}", "2026-13-41T25:61:61Z", "99999999999999999999", "{\"A\":1,\"B\":2}", "=",
            ]
            await Mutations(
                "answers of \(model.wire.rawValue)", seed: 12, model.bodies,
                words: words.map { Array($0.utf8) } + [[0xC1], [0xBF], [0x9F]]
            ).run(factor: 4) { bytes in
                let response = HTTPResponse(
                    status: 400, headers: ["x-tag": "t", "x-size": "1", "x-amzn-errortype": "Gone"], body: bytes)
                let fault = ErrorReader.fault(of: response, metadata)
                let error = ErrorReader.members(of: response, code: fault.code, operation, metadata)
                let members = try OutputReader.read(response, operation, metadata)
                #expect(AWSValue.structure(members).isWritable)
                #expect(AWSValue.structure(error).isWritable)
                return members.weight + error.weight + fault.message.utf8.count
            }
        }

        @Test func `damaged moments are read or refused, and those that are read can be written`() async {
            let corpus = [
                "2026-11-21T00:10:00Z", "2026-11-21t00:10:00.123456+01:00", "Sat, 21 Nov 2026 00:10:00 GMT",
                "2026-11-21",
                "1795219199",
                "-62135596800.5", "1.5e9",
            ]
            let words = [
                "9", "-", "+", ":", ".", "T", "Z", "e", "e99", "inf", "nan", "0x1p", "GMT", " ", "é", "0000", "9999",
            ]
            await Mutations("moments", seed: 13, corpus, words: words).run(factor: 8) { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                let value = try ScalarText.value(text, .timestamp)
                guard case .timestamp(let seconds) = value else { throw CodecError("no moment", at: 0) }
                let texts = [
                    Timestamp.text(seconds), Timestamp.zulu(seconds), Timestamp.imfFixdate(seconds),
                    WireText.number(seconds),
                ]
                let again = Timestamp.seconds(texts[1])
                #expect(again.map { abs($0 - seconds) < 0.001 } == true, "\(text) is written as \(texts)")
                return 0
            }
        }
    }
}
