// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials
import Glibc
import Testing

@testable import CoveWorker

/// A program that is never waited for longer than its limits say: a rule that is broken shows as a test over its time
/// limit.
@Suite(.timeLimit(.minutes(5)))
struct ProgramEndingTests {
    @Test func `a program that floods stdout is ended`() async throws {
        let workshop = try ProgramWorkshop(resultBytes: 1 << 20)
        let failure = try await workshop.failure("head -c 100000000 /dev/zero; yes")
        #expect(failure.type == "OutputTooLarge")
        #expect(
            failure.message
                == "sh wrote more than 1048576 bytes to stdout and was ended; that is the largest result; print less, "
                + "or store it elsewhere and print where")
    }

    @Test func `a program that floods stdout and ignores SIGTERM is drained until it is killed`() async throws {
        let workshop = try ProgramWorkshop(resultBytes: 100)
        #expect(try await workshop.failure("trap '' TERM; yes").type == "OutputTooLarge")
    }

    @Test func `output of exactly the limit is a result and one byte more is not`() async throws {
        let workshop = try ProgramWorkshop(resultBytes: 200_000)
        #expect(try await workshop.shell("head -c 200000 /dev/zero | tr '\\0' x")?.utf8.count == 200_002)
        #expect(try await workshop.failure("head -c 200001 /dev/zero | tr '\\0' x").type == "OutputTooLarge")
    }

    @Test func `of a flood on stderr the end is kept`() async throws {
        let workshop = try ProgramWorkshop()
        let failure = try await workshop.failure(
            "head -c 100000000 /dev/zero | tr '\\0' x >&2; echo 'the end' >&2; exit 1")
        let stderr = try #require(failure.stderr)
        #expect(stderr.utf8.count == 4096)
        #expect(stderr.hasSuffix("xxx" + "the end\n"))
    }

    @Test func `a program that closes its streams is waited for`() async throws {
        let workshop = try ProgramWorkshop()
        try workshop.fifo("go")
        async let failure = workshop.failure("exec >&- 2>&-; cat < $DIR/go > $DIR/got; exit 4")
        _ = try await workshop.shell("echo went > $DIR/go")
        #expect(try await failure.exitCode == 4)
        #expect(workshop.file("got") == "went\n")
    }

    @Test func `what a program leaves in its group is ended and not waited for`() async throws {
        let workshop = try ProgramWorkshop(killGrace: .seconds(600))
        try workshop.fifo("life")
        try workshop.fifo("open")
        async let life = workshop.end(of: "life")
        // The child of a child keeps both pipes, and the FIFO, open.
        let result = try await workshop.shell(
            "(sh -c 'exec 3> $DIR/life; echo > $DIR/open; sleep 1000 & sleep 1000' & ); cat $DIR/open; echo done")
        #expect(result == JSONText(string: "\ndone"))
        #expect(try await life == "")
    }

    @Test func `what ignores SIGTERM in the group is killed after the grace`() async throws {
        let workshop = try ProgramWorkshop()
        try workshop.fifo("life")
        try workshop.fifo("open")
        async let life = workshop.end(of: "life")
        let result = try await workshop.shell(
            "sh -c 'trap \"\" TERM; exec 3> $DIR/life; echo > $DIR/open; sleep 1000' & cat $DIR/open; echo done")
        #expect(result == JSONText(string: "\ndone"))
        #expect(try await life == "")
    }

    @Test func `what floods stderr after the program's exit holds nothing up`() async throws {
        let workshop = try ProgramWorkshop()
        let result = try await workshop.shell(
            "for n in 1 2 3 4 5 6 7 8; do sh -c 'trap \"\" TERM; cat /dev/zero >&2' & done; echo done")
        #expect(result == JSONText(string: "done"))
    }

    @Test func `what left the group for a session of its own is neither ended nor waited for`() async throws {
        let workshop = try ProgramWorkshop(killGrace: .seconds(600))
        try workshop.fifo("open")
        try workshop.fifo("life")
        async let life = workshop.end(of: "life")
        // It keeps both pipes open.
        let result = try await workshop.shell(
            "setsid sh -c 'exec 3> $DIR/life; echo $$ > $DIR/open; sleep 1000; echo awake >&3' & cat $DIR/open")
        let process = try #require(result.map(ProgramWorkshop.string).flatMap { pid_t($0) })
        #expect(kill(-process, SIGTERM) == 0)
        #expect(try await life == "")
    }

    @Test func `a cancelled program may clean up, and print while it does`() async throws {
        let workshop = try ProgramWorkshop(killGrace: .seconds(600))
        let result = try await workshop.cancelled(
            """
            trap 'head -c 300000 /dev/zero && head -c 300000 /dev/zero >&2 && echo cleaned > $DIR/log; exit 0' TERM
            echo > $DIR/ready
            sleep 1000 & wait
            """)
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(workshop.file("log") == "cleaned\n")
    }

    @Test func `a cancelled program that ignores SIGTERM is killed with its group`() async throws {
        let workshop = try ProgramWorkshop()
        try workshop.fifo("life")
        async let life = workshop.end(of: "life")
        let result = try await workshop.cancelled(
            """
            exec 3> $DIR/life; trap '' TERM
            sh -c 'sleep 1000; sleep 1000' & echo > $DIR/ready
            while :; do sleep 1000; done
            """
        )
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(try await life == "")
    }

    @Test(arguments: ["", "trap '' TERM; "])
    func `a cancelled program that has closed its streams is ended`(first: String) async throws {
        let workshop = try ProgramWorkshop()
        try workshop.fifo("life")
        async let life = workshop.end(of: "life")
        let result = try await workshop.cancelled(
            first + "exec 3> $DIR/life >&- 2>&-; echo > $DIR/ready; exec sleep 1000")
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(try await life == "")
    }

    @Test func `the group of a cancelled program is asked once, and killed after the grace`() async throws {
        let workshop = try ProgramWorkshop(killGrace: .seconds(1))
        try workshop.fifo("life")
        try workshop.fifo("heard")
        async let life = workshop.end(of: "life")
        // The program ends when its child was asked, so that a second asking would not fall together with the first.
        let result = try await workshop.cancelled(
            """
            trap 'cat $DIR/heard; exit 0' TERM
            sh -c '
                exec 3> $DIR/life
                trap "echo asked >&3; echo > $DIR/heard" TERM
                echo > $DIR/ready
                while :; do sleep 1000 & wait; done' &
            wait
            """)
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(try await life == "asked")
    }

    @Test func `a task that is cancelled already starts nothing`() async throws {
        let workshop = try ProgramWorkshop()
        let result = await withTaskGroup(of: Result<JSONText?, any Error>.self) { group in
            group.cancelAll()
            group.addTask { await Result { try await workshop.shell("echo > $DIR/started") } }
            return await group.next()
        }
        #expect(throws: CancellationError.self) { try result?.get() }
        #expect(workshop.file("started") == nil)
    }
}
