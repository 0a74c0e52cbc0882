// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Glibc

/// The loop of the transport's thread: takes transfers out of the mailbox, lets libcurl move their bytes, answers callers.
///
/// Made on the thread that runs it and never leaves it.
final class CurlDriver {
    private let configuration: TransportConfiguration
    private let mailbox: CurlMailbox
    private let poller: SocketPoller
    private let multi: UnsafeMutableRawPointer
    private var free: [CurlEasyHandle] = []
    private var busy: [ObjectIdentifier: CurlEasyHandle] = [:]
    /// Transfers that wait for their turn, from `firstWaiting` on.
    private var waiting: [CurlTransfer] = []
    private var firstWaiting = 0
    /// When libcurl wants to be called, in milliseconds of the monotonic clock; nil when it does not.
    private var timerAt: Int64?
    /// When the silent transfers are looked for.
    private var sweepAt: Int64 = 0
    private let sweepInterval: Int64
    private var now: Int64 = 0
    /// Transfers that ended since the mailbox was told of it.
    private var ended = 0
    private var endings: [(CurlTransfer, Result<HTTPResponse, AWSError>)] = []

    /// Makes a driver; nil when libcurl has no memory.
    init?(_ configuration: TransportConfiguration, mailbox: CurlMailbox, poller: SocketPoller) {
        guard let multi = curl_multi_init() else { return nil }
        self.configuration = configuration
        self.mailbox = mailbox
        self.poller = poller
        self.multi = multi
        sweepInterval = Int64(min(max(configuration.readTimeout.wholeMilliseconds / 16, 5), 1_000))
        busy.reserveCapacity(configuration.maximumInFlight)
        cove_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maximumInFlight + 1)
        let context = Unmanaged.passUnretained(self).toOpaque()
        cove_curl_multi_set_callbacks(
            multi,
            { _, socket, what, context, known in
                guard let context else { return 0 }
                let driver = Unmanaged<CurlDriver>.fromOpaque(context).takeUnretainedValue()
                driver.socketChanged(socket, what: what, isKnown: known != nil)
                return 0
            },
            { _, milliseconds, context in
                guard let context else { return 0 }
                let driver = Unmanaged<CurlDriver>.fromOpaque(context).takeUnretainedValue()
                driver.timerAt = milliseconds < 0 ? nil : CurlDriver.monotonicMilliseconds() + Int64(milliseconds)
                return 0
            }, context)
    }

    deinit { curl_multi_cleanup(multi) }

    /// Runs until the mailbox is closed; every transfer that is open then fails.
    func run() {
        var running: Int32 = 0
        while true {
            poller.wait(milliseconds: timeLeft()) { event in
                let flags =
                    (event.readable ? CURL_CSELECT_IN : 0) | (event.writable ? CURL_CSELECT_OUT : 0)
                    | (event.failed ? CURL_CSELECT_ERR : 0)
                curl_multi_socket_action(multi, event.socket, flags, &running)
            }
            now = Self.monotonicMilliseconds()
            let mail = mailbox.take(ended: ended)
            ended = 0
            receive(mail.transfers)
            if mail.hasCancellations { dropCancelled() }
            if mail.isClosing { break }
            if now >= sweepAt, !busy.isEmpty { dropSilent() }
            // A transfer that was just begun sends its request now, not a turn later, and may even end at once: only when
            // nothing is due any more, and every end has been seen, may the thread sleep.
            repeat {
                callTimer(&running)
                collect()
                admit()
            } while isTimerDue
            answer()
        }
        endAll()
    }

    private func timeLeft() -> Int32 {
        let sweep = busy.isEmpty ? nil : sweepAt
        guard let next = [timerAt, sweep].compactMap({ $0 }).min() else { return -1 }
        return Int32(clamping: max(0, next - Self.monotonicMilliseconds()))
    }

    private var isTimerDue: Bool { timerAt.map { $0 <= Self.monotonicMilliseconds() } ?? false }

    private func callTimer(_ running: inout Int32) {
        guard isTimerDue else { return }
        timerAt = nil
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
    }

    private func socketChanged(_ socket: Int32, what: Int32, isKnown: Bool) {
        guard what != CURL_POLL_REMOVE else {
            poller.forget(socket)
            return
        }
        poller.watch(
            socket, reading: what & CURL_POLL_IN != 0, writing: what & CURL_POLL_OUT != 0, isKnown: isKnown)
        // Any pointer but nil marks the socket as watched.
        if !isKnown { curl_multi_assign(multi, socket, Unmanaged.passUnretained(self).toOpaque()) }
    }

    private static func monotonicMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

// MARK: - Transfers

extension CurlDriver {
    /// Lets transfers wait for their turn.
    ///
    /// One may have been cancelled before it came here, and the note of that taken out of the mailbox before it: nobody would
    /// look for it again while there is no room for it.
    private func receive(_ transfers: [CurlTransfer]) {
        for transfer in transfers {
            if transfer.isCancelled {
                end(transfer, .failure(Self.cancelled))
            } else {
                waiting.append(transfer)
            }
        }
    }

    /// Begins waiting transfers while there is room.
    private func admit() {
        while busy.count < configuration.maximumInFlight, firstWaiting < waiting.count {
            let transfer = waiting[firstWaiting]
            firstWaiting += 1
            if transfer.isCancelled {
                end(transfer, .failure(Self.cancelled))
            } else {
                begin(transfer)
            }
        }
        guard firstWaiting > 0 else { return }
        if firstWaiting == waiting.count {
            waiting.removeAll(keepingCapacity: waiting.count <= 1_024)
            firstWaiting = 0
        } else if firstWaiting > 1_024 {
            waiting.removeFirst(firstWaiting)
            firstWaiting = 0
        }
    }

    private func begin(_ transfer: CurlTransfer) {
        guard let handle = free.popLast() ?? CurlEasyHandle(configuration) else {
            let message = "libcurl has no memory for a request"
            return end(transfer, .failure(AWSError(.notSent, code: "TransportFailed", message: message)))
        }
        if busy.isEmpty { sweepAt = now + sweepInterval }
        handle.prepare(transfer, now: now)
        busy[ObjectIdentifier(handle)] = handle
        let code = curl_multi_add_handle(multi, handle.easy)
        guard code != CURLM_OK else { return }
        busy[ObjectIdentifier(handle)] = nil
        handle.release()
        let message = "libcurl refuses a request: \(String(cString: curl_multi_strerror(code)))"
        end(transfer, .failure(AWSError(.notSent, code: "TransportFailed", message: message)))
    }

    /// Takes the transfers that libcurl has ended.
    private func collect() {
        var code = CURLE_OK
        while let easy = cove_curl_multi_next_done(multi, &code) {
            curl_multi_remove_handle(multi, easy)
            guard let handle = CurlEasyHandle.of(easy), let transfer = handle.transfer else { continue }
            busy[ObjectIdentifier(handle)] = nil
            end(transfer, handle.finish(code))
            free.append(handle)
        }
    }

    private func dropCancelled() {
        for handle in Array(busy.values) {
            guard let transfer = handle.transfer, transfer.isCancelled else { continue }
            abort(handle, .failure(Self.cancelled))
        }
        var kept: [CurlTransfer] = []
        for transfer in waiting[firstWaiting...] {
            if transfer.isCancelled {
                end(transfer, .failure(Self.cancelled))
            } else {
                kept.append(transfer)
            }
        }
        waiting = kept
        firstWaiting = 0
    }

    private func dropSilent() {
        sweepAt = now + sweepInterval
        let limit = Int64(configuration.readTimeout.wholeMilliseconds)
        for handle in Array(busy.values) where now - handle.activity(now: now) >= limit {
            guard let transfer = handle.transfer else { continue }
            guard handle.isConnected else { continue }
            let message =
                "no answer from \(transfer.request.origin.text): nothing was received for \(configuration.readTimeout)"
            abort(handle, .failure(AWSError(.timedOut, code: "ReadTimeout", message: message, isRetryable: true)))
        }
    }

    /// Ends a transfer that libcurl still has; its connection is closed.
    private func abort(_ handle: CurlEasyHandle, _ result: Result<HTTPResponse, AWSError>) {
        curl_multi_remove_handle(multi, handle.easy)
        busy[ObjectIdentifier(handle)] = nil
        if let transfer = handle.transfer { end(transfer, result) }
        handle.release()
        free.append(handle)
    }

    private func end(_ transfer: CurlTransfer, _ result: Result<HTTPResponse, AWSError>) {
        ended += 1
        endings.append((transfer, result))
    }

    /// Answers the callers of what has ended in this turn, all at once.
    private func answer() {
        for (transfer, result) in endings {
            switch result {
            case .success(let response): transfer.end(.success(response))
            case .failure(let error):
                transfer.end(.failure(error == Self.cancelled ? CancellationError() : error))
            }
        }
        endings.removeAll(keepingCapacity: true)
    }

    private func endAll() {
        let closed = AWSError(.notSent, code: "TransportClosed", message: "the transport was shut down")
        for handle in Array(busy.values) { abort(handle, .failure(closed)) }
        for transfer in waiting[firstWaiting...] { end(transfer, .failure(closed)) }
        waiting = []
        firstWaiting = 0
        answer()
        free = []
    }

    private static let cancelled = AWSError(.notSent, code: "Cancelled", message: "the request was cancelled")
}
