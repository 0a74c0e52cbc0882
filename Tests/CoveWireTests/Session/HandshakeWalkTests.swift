// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import NIOCore
import Testing

/// Both machines joined by a stream that loses nothing and cuts wherever it likes.
@Suite struct HandshakeWalkTests {
    private typealias CoordinatorEnd = LinkEnd<CoordinatorMessage, WorkerMessage>
    private typealias PeerEnd = LinkEnd<WorkerMessage, CoordinatorMessage>

    /// One way in which two ends may meet, and what must come of it.
    private struct Meeting {
        var coordinator: ProtocolVersions
        var peer: ProtocolVersions
        var role: PeerRole
        var token: (text: String, rights: Rights?)?
        var approach: CoordinatorHandshake.Approach
        var offered: [String]
        var known: [String]

        init(using generator: inout SeededGenerator) {
            func versions() -> ProtocolVersions {
                let lowest = Int.random(in: 1...3, using: &generator)
                return ProtocolVersions(lowest...lowest + Int.random(in: 0...2, using: &generator))
            }
            coordinator = versions()
            peer = versions()
            role = Bool.random(using: &generator) ? .worker : .client
            token =
                [
                    nil, ("join-token", .join), ("submit-token", .submit), ("read-token", .read), ("void-token", []),
                    ("wrong-token", nil),
                ][Int.random(in: 0..<6, using: &generator)]
            let certificates: [Rights?] = [nil, .join, .submit, .read, [], [.join, .read]]
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: approach = .controlSocket
            case 1:
                approach = .network(
                    certificate: certificates[Int.random(in: 0..<6, using: &generator)], takesCertificates: true)
            default: approach = .network(certificate: nil, takesCertificates: false)
            }
            func features() -> [String] { ["a", "b", "c"].filter { _ in Bool.random(using: &generator) } }
            offered = features()
            known = features()
        }

        /// The rights that are granted, or the code of the refusal.
        var expected: Result<Rights, Refusal> {
            if peer.newestInCommon(with: coordinator) == nil { return .failure(Refusal(.version, "")) }
            var rights: Rights
            switch approach {
            case .controlSocket: rights = .submit
            case .network(let certificate, _):
                switch (token, certificate) {
                case (nil, nil): return .failure(Refusal(.unauthorized, ""))
                case (nil, let certificate?): rights = certificate
                case ((_, nil)?, _): return .failure(Refusal(.unauthorized, ""))
                case ((_, let granted?)?, let certificate): rights = granted.union(certificate ?? [])
                }
            }
            let needed: Rights = role == .worker ? .join : .read
            return rights.contains(needed) ? .success(rights) : .failure(Refusal(.forbidden, ""))
        }
    }

    /// Carries a random number of the bytes that wait.
    private static func carry(
        _ waiting: inout ByteBuffer, using generator: inout SeededGenerator
    ) -> ByteBuffer? {
        guard waiting.readableBytes > 0 else { return nil }
        let most = [1, 7, 100, 70_000, waiting.readableBytes][Int.random(in: 0..<5, using: &generator)]
        return waiting.readSlice(length: Int.random(in: 1...min(most, waiting.readableBytes), using: &generator))
    }

    @Test(arguments: 0..<100) func `both ends come to the same, and what is said then arrives`(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<10 {
            let meeting = Meeting(using: &generator)
            let now = ContinuousClock.now
            var terms = try CoordinatorHandshakeTests.terms(features: meeting.known)
            terms.versions = meeting.coordinator
            let coordinator = CoordinatorEnd(
                .coordinator(CoordinatorHandshake(terms, approach: meeting.approach, now: now)), limits: terms.limits,
                now: now)
            let peer = PeerEnd(
                .peer(
                    PeerHandshake(
                        role: meeting.role, program: "0.1.0", token: meeting.token.flatMap { AccessToken($0.text) },
                        features: meeting.offered, versions: meeting.peer, now: now)), limits: FrameLimits(), now: now)
            // Larger than frames before the acceptance may be, and at times than one frame.
            let length = [10, 70_000, 600_000][Int.random(in: 0..<40, using: &generator) == 0 ? 2 : seed % 2]
            let goaway = CoordinatorMessage.goaway(
                Goaway(reason: String(repeating: "r", count: length), retryMilliseconds: 1))
            let hello = WorkerMessage.hello(
                Hello(worker: String(repeating: "w", count: length), session: "s", slots: 1, kinds: []))
            coordinator.opening = [goaway, .drain]
            peer.opening = [hello, .goodbye]

            var down = ByteBuffer()
            var up = ByteBuffer()
            while true {
                down.writeImmutableBuffer(coordinator.takeOutput())
                up.writeImmutableBuffer(peer.takeOutput())
                if down.readableBytes + up.readableBytes == 0 { break }
                if Bool.random(using: &generator) {
                    if let bytes = Self.carry(&down, using: &generator) { try await peer.receive(bytes) }
                } else if let bytes = Self.carry(&up, using: &generator) {
                    try await coordinator.receive(bytes)
                }
            }

            switch meeting.expected {
            case .success(let rights):
                #expect(coordinator.state == .open && peer.state == .open, "\(meeting)")
                let version = meeting.peer.newestInCommon(with: meeting.coordinator)
                #expect(coordinator.admission?.version == version && peer.acceptance?.version == version)
                #expect(coordinator.admission?.rights == rights && peer.acceptance?.rights == rights)
                let features = meeting.offered.filter(meeting.known.contains)
                #expect(coordinator.admission?.features == features && peer.acceptance?.features == features)
                #expect(coordinator.admission?.role == meeting.role)
                #expect(peer.received == [goaway, .drain])
                #expect(coordinator.received == [hello, .goodbye])
            case .failure(let refusal) where refusal.code == "version":
                #expect(peer.state == .failed(.refused) && coordinator.state == .told("version"), "\(meeting)")
            case .failure(let refusal):
                #expect(coordinator.state == .refused(refusal.code) && peer.state == .failed(.refused), "\(meeting)")
            }
        }
    }
}
