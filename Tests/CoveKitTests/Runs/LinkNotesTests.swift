// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import CoveWire
import Testing

@testable import CoveKit

/// What is told of the link to a coordinator.
@Suite struct LinkNotesTests {
    @Test func `a coordinator that is lost and found again is told, once each`() throws {
        let place = try TemporaryFolder()
        let file = try #require(FileDescriptor(writing: place.file("stderr")))
        let notes = LinkNotes(Console(isTerminal: false, isQuiet: false, output: file))
        for event in [AttendedLinks.Event.made, .lost, .lost, .made, .made] { notes.note(event) }
        #expect(
            try place.text("stderr")
                == "cove: lost the coordinator; trying again\ncove: connected to the coordinator again\n")
    }

    /// A link that nobody is at the other end of.
    private struct LonelyLink: Link {
        func send(_ message: ClientMessage) async -> Bool { false }
        func receive() async -> ReplyMessage? { nil }
        func close() {}
    }

    private struct LonelyLinks: LinkSource {
        func withLink<Result: Sendable>(_ body: (any ClientLink) async throws -> Result) async throws -> Result {
            try await body(LonelyLink())
        }
    }

    @Test func `a link that is no longer needed is not lost`() async throws {
        let events = Watched<[String]>([])
        let links = AttendedLinks(source: LonelyLinks()) { event in events.update { $0.append("\(event)") } }
        try await links.withLink { _ in }
        #expect(events.value == ["made", "lost"])
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await links.withLink { _ in
                    await Watched(false).opened()
                }
            }
            await events.until { $0.count == 3 }
            group.cancelAll()
        }
        #expect(events.value == ["made", "lost", "made"])
    }
}
