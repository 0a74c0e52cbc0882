// SPDX-License-Identifier: Apache-2.0

import CoveWire
import NIOCore

/// What became of one end of a link.
enum EndState: Sendable, Hashable {
    case handshake
    case open
    /// It refused.
    case refused(String)
    /// It was refused, or gave up.
    case failed(LinkError.Code)
    /// The other end said that it refuses.
    case told(String)
}

/// One end of a link without a socket: bytes in, bytes out, through the real frames, handshake and messages.
///
/// Room for chunks is given at once, from a count of its own.
final class LinkEnd<Outgoing: WireMessage, Incoming: WireMessage> {
    enum Handshake {
        case coordinator(CoordinatorHandshake)
        case peer(PeerHandshake)
    }

    private let processor: NIOSingleStepByteToMessageProcessor<FrameDecoder>
    private let frames: FrameDecoder
    private var handshake: Handshake
    private var decoder: WireDecoder<Incoming>?
    private(set) var encoder: WireEncoder?
    private(set) var state = EndState.handshake
    private(set) var admission: CoordinatorHandshake.Admission?
    private(set) var acceptance: Acceptance?
    /// What it wants to send.
    private(set) var output = ByteBuffer()
    private(set) var received: [Incoming] = []
    /// Everything else that came after the handshake: what was answered, problems.
    private(set) var others = 0
    /// What is sent as soon as the link is open.
    var opening: [Outgoing] = []
    private let budget = AssemblyBudget()
    private let now: ContinuousClock.Instant

    init(_ handshake: Handshake, limits: FrameLimits, now: ContinuousClock.Instant) {
        frames = FrameDecoder(maximum: limits.introduction)
        processor = NIOSingleStepByteToMessageProcessor(frames)
        self.handshake = handshake
        self.now = now
        if case .coordinator(let machine) = handshake { output.writeImmutableBuffer(machine.greeting) }
    }

    var isOver: Bool {
        switch state {
        case .handshake, .open: false
        case .refused, .failed, .told: true
        }
    }

    /// Takes what it wants to send.
    func takeOutput() -> ByteBuffer {
        defer { output = ByteBuffer() }
        return output
    }

    func send(_ message: Outgoing) throws {
        guard let encoder else { return }
        for frame in try encoder.frames(of: message) { output.writeImmutableBuffer(frame) }
    }

    /// Takes bytes in.
    ///
    /// - Throws: only what our own side does wrong.
    func receive(_ bytes: ByteBuffer) async throws {
        if isOver { return }
        var payloads: [ByteBuffer] = []
        do {
            // The machines raise the limit before the next frame is cut: frames are taken one by one.
            try processor.process(buffer: bytes) { payload in
                if case .handshake = state { try shake(payload) } else { payloads.append(payload) }
            }
        } catch let error as FrameError {
            for payload in payloads { try await take(payload) }
            fail(error)
            return
        }
        for payload in payloads { try await take(payload) }
    }

    private func fail(_ error: FrameError) {
        if isOver { return }
        guard case .handshake = state else {
            state = .refused(error.refusal.code)
            return
        }
        switch handshake {
        case .coordinator(var machine): perform(machine.failed(error))
        case .peer(var machine): perform(machine.failed(error))
        }
    }

    private func shake(_ payload: ByteBuffer) throws {
        switch handshake {
        case .coordinator(var machine):
            let action = machine.received(payload, now: now)
            handshake = .coordinator(machine)
            perform(action)
        case .peer(var machine):
            let action = machine.received(payload, now: now)
            handshake = .peer(machine)
            perform(action)
        }
        guard case .open = state else { return }
        for message in opening { try send(message) }
    }

    private func perform(_ action: CoordinatorHandshake.Action) {
        switch action {
        case .wait: break
        case .accept(let admission, let frame):
            self.admission = admission
            open(admission.limits)
            output.writeImmutableBuffer(frame)
        case .refuse(let refusal, let frame):
            state = .refused(refusal.code)
            output.writeImmutableBuffer(frame)
        case .close(let refusal): state = .told(refusal.code)
        }
    }

    private func perform(_ action: PeerHandshake.Action) {
        switch action {
        case .wait: break
        case .send(let frame): output.writeImmutableBuffer(frame)
        case .accepted(let acceptance, let limits):
            self.acceptance = acceptance
            open(limits)
        case .fail(let error, let frame):
            state = .failed(error.code)
            if let frame { output.writeImmutableBuffer(frame) }
        }
    }

    private func open(_ limits: FrameLimits) {
        state = .open
        frames.maximum = limits.frame
        decoder = WireDecoder(limits: limits)
        encoder = WireEncoder(limits: limits)
    }

    private func take(_ payload: ByteBuffer) async throws {
        if isOver { return }
        do throws(Refusal) {
            guard var arrival = try decoder?.receive(payload) else { return }
            if case .reserve(let bytes) = arrival {
                guard let room = try? await budget.reserve(bytes) else { return }
                arrival = try decoder?.proceed(with: room) ?? .incomplete
            }
            switch arrival {
            case .message(let message): received.append(message)
            case .refusal(let refusal): state = .told(refusal.code)
            case .answer(let answer):
                others += 1
                if let frame = encoder?.frame(of: answer) { output.writeImmutableBuffer(frame) }
            case .problem: others += 1
            case .incomplete, .reserve: break
            }
        } catch {
            state = .refused(error.code)
            output.writeImmutableBuffer(WireEncoder.frame(of: error))
        }
    }
}
