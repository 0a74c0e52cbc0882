// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@Suite struct FailureTests {
    static let full = Failure(
        type: "ClientError", code: "AccessDenied", message: "not \"allowed\"\né", operation: "STS.AssumeRole",
        requestID: "r-1", httpStatus: 403, attempts: 2, isRetryable: false, exitCode: 3, stderr: "the end\\",
        traceback: "in f")

    private static func written(_ failure: Failure) -> String {
        var writer = JSONWriter()
        failure.write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `a failure is written with its keys in their order`() {
        #expect(
            Self.written(Self.full)
                == #"{"Type":"ClientError","Code":"AccessDenied","Message":"not \"allowed\"\né","Operation":"STS.AssumeRole","#
                + #""RequestId":"r-1","HTTPStatusCode":403,"Attempts":2,"Retryable":false,"ExitCode":3,"Stderr":"the end\\","Traceback":"in f"}"#
        )
    }

    @Test func `what is not known is left out`() {
        #expect(Self.written(Failure(type: "T", message: "")) == #"{"Type":"T","Message":""}"#)
        #expect(
            Self.written(Failure(type: "T", message: "m", isRetryable: true, stderr: ""))
                == #"{"Type":"T","Message":"m","Retryable":true,"Stderr":""}"#)
    }

    @Test func `a failure crosses the wire with everything`() throws {
        let coded =
            #"{"attempts":2,"code":"AccessDenied","exitCode":3,"httpStatus":403,"isRetryable":false,"#
            + #""message":"not \"allowed\"\né","operation":"STS.AssumeRole","requestID":"r-1","stderr":"the end\\","#
            + #""traceback":"in f","type":"ClientError"}"#
        #expect(try CodedForm.text(Self.full) == coded)
        #expect(try CodedForm.value(coded) == Self.full)
        #expect(try CodedForm.value(#"{"type":"T","message":"m","new":1}"#) == Failure(type: "T", message: "m"))
        #expect(CodedForm.problem(Failure.self, #"{"type":"T"}"#) != nil)
    }

    @Test func `Cove's own failures say what is not known`() {
        let lost = Failure.workerLost(times: 3)
        #expect(lost.type == "WorkerLost")
        #expect(lost.message.contains("worker lost: 3 attempts"))
        #expect(lost.attempts == 3)
        #expect(lost.isRetryable == true)
        #expect(Failure.outcomeUnknown.message.hasPrefix("outcome unknown"))
        #expect(Failure.outcomeUnknown.isRetryable == false)
    }

    @Test func `an invalid request tells its problems a line each`() {
        #expect(InvalidRequest(["a", "b"]).description == "a\nb")
        #expect(InvalidRequest("a").problems == ["a"])
    }
}
