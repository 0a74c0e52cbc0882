// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import FoundationEssentials
import Testing

/// Messages that are written and read without Codable are the same messages.
@Suite struct DirectMessageTests {
    private static func json(_ message: some WireMessage) throws -> [UInt8]? {
        var writer = JSONWriter()
        return try message.write(to: &writer, JSONEncoder()) ? writer.bytes : nil
    }

    private static func codable<Message: WireMessage>(_ json: [UInt8]) -> Message? {
        try? JSONDecoder().decode(Message.self, from: Data(json))
    }

    private static func token(using generator: inout SeededGenerator) -> LeaseToken {
        func number() -> Int64 {
            [0, 1, 17, .max, .random(in: 0...(.max), using: &generator)].randomElement(using: &generator) ?? 0
        }
        return LeaseToken(task: TaskID(number()), epoch: number(), generation: number())
    }

    private static func some<Value>(_ value: Value, using generator: inout SeededGenerator) -> Value? {
        Bool.random(using: &generator) ? value : nil
    }

    private static func text(using generator: inout SeededGenerator) -> String {
        RandomText.of(Int.random(in: 0...30, using: &generator), using: &generator)
    }

    private static func failure(using generator: inout SeededGenerator) -> Failure {
        Failure(
            type: text(using: &generator), code: some(text(using: &generator), using: &generator),
            message: text(using: &generator), attempts: some(3, using: &generator),
            stderr: some(text(using: &generator), using: &generator))
    }

    private static func report(using generator: inout SeededGenerator) -> AttemptReport {
        let outcomes: [Outcome] = [
            .succeeded(nil), .succeeded(JSONText(string: text(using: &generator))),
            .succeeded(JSONText(trusted: Array(#"{"a":[1.5e3,null,"\ud83d\ude00\u0000"],"b":{}}"#.utf8))),
            .failed(failure(using: &generator)), .roleNotAssumed(failure(using: &generator)),
        ]
        return AttemptReport(
            token: token(using: &generator), outcome: outcomes.randomElement(using: &generator) ?? .succeeded(nil),
            startedAt: Timestamp(milliseconds: Int64.random(in: 0...253_402_300_799_999, using: &generator)),
            durationMilliseconds: Int64.random(in: 0...253_402_300_799_999, using: &generator))
    }

    private static func workerMessage(using generator: inout SeededGenerator) -> WorkerMessage {
        if Int.random(in: 0..<5, using: &generator) == 0 {
            return .leaseRequest(LeaseRequest(want: Int.random(in: 1...1_000_000, using: &generator)))
        }
        return .report((0..<Int.random(in: 0...4, using: &generator)).map { _ in report(using: &generator) })
    }

    private static func lease(using generator: inout SeededGenerator) throws -> Lease {
        let account = Account(
            id: try #require(AccountID(["012345678901", "999999999999"].randomElement(using: &generator) ?? "")),
            name: some(text(using: &generator), using: &generator), arn: some("a", using: &generator),
            email: some(text(using: &generator), using: &generator), status: some("ACTIVE", using: &generator),
            state: some("SUSPENDED", using: &generator))
        return Lease(
            token: token(using: &generator),
            run: try #require(
                RunID(["20261120-235959-k3x9q", "20261120-235959-aaaaa"].randomElement(using: &generator) ?? "")),
            account: account,
            region: some(try #require(RegionName("eu-west-1")), using: &generator),
            attempt: Int.random(in: 0...(.max), using: &generator))
    }

    private static func coordinatorMessage(using generator: inout SeededGenerator) throws -> CoordinatorMessage {
        if Bool.random(using: &generator) {
            let verdicts: [ReportVerdict] = [.applied, .duplicate, .stale, .unknown]
            return .verdicts(
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                    ReportAnswer(
                        token: token(using: &generator), verdict: verdicts.randomElement(using: &generator) ?? .applied)
                })
        }
        let assignments = try (0..<Int.random(in: 0...2, using: &generator)).map { _ in
            RunAssignment(
                run: try #require(RunID("20261120-235959-k3x9q")),
                function: .exec(ProgramSpecification(program: text(using: &generator), arguments: ["]}", "\\\""])),
                role: RoleSpecification(name: "R"), partition: "aws", taskTimeoutSeconds: some(5, using: &generator))
        }
        let leases = try (0..<Int.random(in: 0...4, using: &generator)).map { _ in try lease(using: &generator) }
        return .grant(LeaseGrant(leases: leases, assignments: assignments))
    }

    private static func check<Message: WireMessage & Equatable>(_ message: Message) throws -> [UInt8] {
        let json = try #require(try json(message))
        #expect(codable(json) == message)
        #expect(Message.read(json, JSONDecoder()) == message)
        return json
    }

    @Test(arguments: 0..<20) func `a message is the same by either way`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<50 {
            _ = try Self.check(Self.workerMessage(using: &generator))
            _ = try Self.check(try Self.coordinatorMessage(using: &generator))
        }
    }

    @Test(arguments: 0..<10) func `whatever is read directly is read by Codable as the same`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var read = 0
        func compare<Message: WireMessage & Equatable>(_ type: Message.Type, _ json: [UInt8]) {
            guard let message = Message.read(json, JSONDecoder()) else { return }
            read += 1
            #expect(Self.codable(json) == message, "\(String(decoding: json, as: UTF8.self))")
        }
        for _ in 0..<100 {
            let up = try Self.check(Self.workerMessage(using: &generator))
            let down = try Self.check(try Self.coordinatorMessage(using: &generator))
            for _ in 0..<10 {
                compare(WorkerMessage.self, MutationTests.mutated(up, using: &generator))
                compare(CoordinatorMessage.self, MutationTests.mutated(down, using: &generator))
            }
        }
        #expect(read > 100)
    }

    @Test(arguments: [
        #"{"type":"leaseRequest","want":5}"#, " { \"type\" : \"leaseRequest\" ,\n\t\"want\" : 5 } ",
        #"{"type":"report","reports":[ ]}"#,
        #"{"type":"report","reports":[{"durationMilliseconds":1 , "startedAt":2,"outcome":{"result":"[\"\u00e9\/\"]\n","state":"succeeded"},"token":"1.2.3"}]}"#,
    ])
    func `other ways to write a message are read directly too`(text: String) {
        let json = Array(text.utf8)
        let message = WorkerMessage.read(json, JSONDecoder())
        #expect(message != nil)
        #expect(Self.codable(json) == message)
    }

    @Test(arguments: [
        #"{"want":5,"type":"leaseRequest"}"#, #"{"type":"leaseRequest","want":5,"more":1}"#, #"{"type":"goodbye"}"#,
        #"{"type":"leaseRequest","want":5.0}"#, #"{"type":"leaseRequest","want":0}"#,
        #"{"type":"leaseRequest","want":05}"#,
        #"{"type":"leaseRequest","want":99999999999999999999}"#, #"{"type":"leaseRequest","want":5} x"#, "", "{", "[]",
        "{}",
        #"{"type":"leaseRequest"}"#, #"{"type":"leaseRequest","want":5"#, #"{"type":"report","want":5}"#,
        #"{"type":"report","reports":[],"reports":[]}"#, #"{"type":"report","type":"report","reports":[]}"#,
        #"{"type":"report","reports":[{"token":"01.2.3","outcome":{"state":"succeeded"},"startedAt":1,"durationMilliseconds":1}]}"#,
        #"{"type":"report","reports":[{"token":"1.2","outcome":{"state":"succeeded"},"startedAt":1,"durationMilliseconds":1}]}"#,
        #"{"type":"report","reports":[{"token":"1.2.3.4","outcome":{"state":"succeeded"},"startedAt":1,"durationMilliseconds":1}]}"#,
        #"{"type":"report","reports":[{"token":"1..3","outcome":{"state":"succeeded"},"startedAt":1,"durationMilliseconds":1}]}"#,
        #"{"type":"report","reports":[{"token":"1.2.3","outcome":{"state":"succeeded"},"startedAt":-1,"durationMilliseconds":1}]}"#,
        #"{"type":"report","reports":[{"token":"1.2.3","outcome":{"state":"succeeded","result":"\ud83d\ude00"},"startedAt":1,"durationMilliseconds":1}]}"#,
        #"{"type":"report","reports":[{"token":"1.2.3","outcome":{"state":"succeeded","result":"nope"},"startedAt":1,"durationMilliseconds":1}]}"#,
        #"{"type":"report","reports":[{"token":"1.2.3","outcome":{"state":"failed"},"startedAt":1,"durationMilliseconds":1}]}"#,
    ])
    func `everything else is left to Codable`(text: String) {
        #expect(WorkerMessage.read(Array(text.utf8), JSONDecoder()) == nil)
    }
}
