// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

/// What a client asks, as it stands on the wire: a text here may not change without a new version of the protocol.
@Suite struct ClientMessageTests {
    private static let run = #""run":"20261120-235959-k3x9q""#
    private static let specification =
        #"{"function":{"kind":"native","name":"f"},"isAtMostOnce":false,"raisesException":false,"#
        + #""role":{"name":"Reader","sessionName":"Reader"},"selection":{"ignored":[],"includesCallingAccount":false}}"#

    private static func requests() throws -> [(ClientRequest, String)] {
        let id = try #require(RunID("20261120-235959-k3x9q"))
        let specification = RunSpecification(function: .native("f"), role: RoleSpecification(name: "Reader"))
        return [
            (.runs, #"{"call":"runs","id":7,"type":"request"}"#),
            (.run(id), #"{"call":"run","id":7,\#(run),"type":"request"}"#),
            (
                .tasks(id, states: [.failed, .ready], after: .start, limit: 10),
                #"{"after":{"account":-1,"region":-1},"call":"tasks","id":7,"limit":10,\#(run),"states":["failed","ready"],"type":"request"}"#
            ),
            (
                .outcomes(id, after: 5, limit: 1_024),
                #"{"after":5,"call":"outcomes","id":7,"limit":1024,\#(run),"type":"request"}"#
            ),
            (.skippedAccounts(id), #"{"call":"skippedAccounts","id":7,\#(run),"type":"request"}"#),
            (.snapshot(id, after: nil), #"{"call":"snapshot","id":7,\#(run),"type":"request"}"#),
            (.snapshot(id, after: 3), #"{"after":3,"call":"snapshot","id":7,\#(run),"type":"request"}"#),
            (.workers, #"{"call":"workers","id":7,"type":"request"}"#),
            (
                .submit(id, specification),
                #"{"call":"submit","id":7,\#(run),"specification":\#(Self.specification),"type":"request"}"#
            ),
            (.plan(specification), #"{"call":"plan","id":7,"specification":\#(Self.specification),"type":"request"}"#),
            (.resume(id), #"{"call":"resume","id":7,\#(run),"type":"request"}"#),
            (.retry(id), #"{"call":"retry","id":7,\#(run),"type":"request"}"#),
            (.cancel(id), #"{"call":"cancel","id":7,\#(run),"type":"request"}"#),
            (
                .artefact(ArtefactReference(digest: "ab", size: 3)),
                #"{"artefact":{"digest":"ab","size":3},"call":"artefact","id":7,"type":"request"}"#
            ),
            (
                .artefactPart(ArtefactReference(digest: "ab", size: 3), offset: 1, bytes: [1, 255]),
                #"{"artefact":{"digest":"ab","size":3},"call":"artefactPart","data":"Af8=","id":7,"offset":1,"type":"request"}"#
            ),
            (.forget(id), #"{"call":"forget","id":7,\#(run),"type":"request"}"#),
        ]
    }

    @Test func `every request has its form`() throws {
        for (request, text) in try Self.requests() {
            try MessageForm.expect(ClientMessage(id: 7, request: request), text)
        }
    }

    @Test(arguments: [
        (ProgramSettings(), [], "submit"), (ProgramSettings(fillsTemplates: true), ["a"], "submit"),
        (ProgramSettings(fillsTemplates: true), ["a", "{name}"], "submitWithSettings"),
        (ProgramSettings(), ["{name}"], "submit"),
        (ProgramSettings(fillsTemplates: true), ["}}"], "submitWithSettings"),
        (ProgramSettings(folder: .task), [], "submitWithSettings"),
        (ProgramSettings(folder: .caller), [], "submitWithSettings"),
        (ProgramSettings(memoryLimit: 1 << 30), [], "submitWithSettings"),
        (ProgramSettings(credentials: .server), [], "submitWithSettings"),
    ])
    func `a program that needs its settings is submitted by a call that older coordinators do not know`(
        settings: ProgramSettings, arguments: [String], call: String
    ) throws {
        let program = ProgramSpecification(program: "true", arguments: arguments, settings: settings)
        let specification = RunSpecification(function: .exec(program), role: RoleSpecification(name: "Reader"))
        let message = ClientMessage(
            id: 1, request: .submit(try #require(RunID("20261120-235959-k3x9q")), specification))
        let text = try MessageForm.text(message)
        #expect(text.contains(#""call":"\#(call)""#))
        #expect(try MessageForm.value(ClientMessage.self, text) == message)
    }

    @Test func `a request may leave out where it begins, and gets no more than a page`() throws {
        let id = try #require(RunID("20261120-235959-k3x9q"))
        #expect(
            try MessageForm.value(
                #"{"type":"request","id":1,"call":"tasks",\#(Self.run),"states":[],"limit":9223372036854775807}"#)
                == ClientMessage(
                    id: 1, request: .tasks(id, states: [], after: .start, limit: ClientLimits.page)))
        #expect(
            try MessageForm.value(#"{"type":"request","id":1,"call":"outcomes",\#(Self.run),"limit":1}"#)
                == ClientMessage(id: 1, request: .outcomes(id, after: 0, limit: 1)))
    }

    @Test(arguments: [
        "{}", #"{"type":"request"}"#, #"{"type":"request","call":"runs"}"#, #"{"type":"reply","id":1,"call":"runs"}"#,
        #"{"type":"request","id":1}"#, #"{"type":"request","id":1,"call":"explode"}"#,
        #"{"type":"request","id":1,"call":"run"}"#, #"{"type":"request","id":1,"call":"run","run":"x"}"#,
        #"{"type":"request","id":1,"call":"tasks",\#(run),"states":["gone"],"limit":1}"#,
        #"{"type":"request","id":1,"call":"tasks",\#(run),"states":[],"limit":0}"#,
        #"{"type":"request","id":1,"call":"outcomes",\#(run),"limit":-1}"#,
        #"{"type":"request","id":1,"call":"artefact"}"#,
        #"{"type":"request","id":1,"call":"artefactPart","artefact":{"digest":"a","size":3},"offset":-1,"data":"AA=="}"#,
        #"{"type":"request","id":1,"call":"artefactPart","artefact":{"digest":"a","size":3},"offset":0,"data":""}"#,
        #"{"type":"request","id":1,"call":"artefactPart","artefact":{"digest":"a","size":3},"offset":0,"data":"A*=="}"#,
    ])
    func `what is no request is refused`(text: String) {
        #expect(MessageForm.refuses(ClientMessage.self, text))
    }
}
