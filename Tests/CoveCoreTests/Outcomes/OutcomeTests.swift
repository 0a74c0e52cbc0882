// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@Suite struct OutcomeTests {
    static let failure = Failure(type: "T", message: "m")
    static let coded: [(Outcome, String)] = [
        (.succeeded(nil), #"{"state":"succeeded"}"#),
        (.succeeded(JSONText(string: "a")), #"{"result":"\"a\"","state":"succeeded"}"#),
        (.failed(failure), #"{"failure":{"message":"m","type":"T"},"state":"failed"}"#),
        (.roleNotAssumed(failure), #"{"failure":{"message":"m","type":"T"},"state":"roleNotAssumed"}"#),
    ]

    @Test(arguments: coded) func `an outcome goes there and back`(outcome: Outcome, text: String) throws {
        #expect(try CodedForm.text(outcome) == text)
        #expect(try CodedForm.value(text) == outcome)
    }

    @Test func `an outcome leaves its task in a state`() {
        #expect(Self.coded.map(\.0.state) == [.succeeded, .succeeded, .failed, .roleNotAssumed])
        #expect(Self.coded.map(\.0.failure) == [nil, nil, Self.failure, Self.failure])
    }

    @Test(arguments: [
        "{}", #"{"state":"failed"}"#, #"{"state":"roleNotAssumed","result":"1"}"#, #"{"state":1}"#,
        #"{"state":"succeeded","result":"{"}"#, #"{"state":"succeeded","result":{}}"#, "null", "[]",
    ])
    func `an outcome without what belongs to it is refused`(text: String) {
        #expect(CodedForm.problem(Outcome.self, text) != nil)
    }

    @Test(arguments: ["ready", "leased", "Succeeded", ""])
    func `a state that is not a settled one is refused`(state: String) {
        #expect(
            CodedForm.problem(Outcome.self, #"{"state":"\#(state)"}"#)
                == #"found "\#(state)", expected succeeded, failed or roleNotAssumed"#)
    }
}
