// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Glibc
internal import Synchronization

/// Requests over libcurl: one thread drives all of them and owns one pool of connections for all accounts.
///
/// Connections are kept open and used again; certificates are always verified; redirects are not followed; nothing is read
/// from the environment. A request that finds a kept connection closed by the server before a byte of the answer came is
/// sent again by libcurl on a new one. Safe to use from every task. The thread ends with the transport.
package final class CurlTransport: HTTPTransport {
    private let mailbox: CurlMailbox
    private let thread: Mutex<pthread_t?>

    /// Starts the thread.
    ///
    /// Throws `AWSError` when the process has no file descriptors, memory or threads left.
    package init(_ configuration: TransportConfiguration = TransportConfiguration()) throws {
        guard Self.isLibraryReady else { throw Self.failure("libcurl could not be initialised") }
        let poller = try SocketPoller()
        mailbox = CurlMailbox(
            waking: poller, limit: configuration.maximumInFlight + configuration.maximumWaiting)
        let start = Start(configuration: configuration, mailbox: mailbox, poller: poller)
        var identifier = pthread_t()
        let context = Unmanaged.passRetained(start)
        let code = pthread_create(&identifier, nil, Self.main, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw Self.failure("no thread could be started: \(String(cString: strerror(code)))")
        }
        thread = Mutex(identifier)
    }

    deinit { shutdown() }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let transfer = CurlTransfer(request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transfer.wait(continuation)
                do throws(CurlMailbox.Refusal) {
                    try mailbox.add(transfer)
                } catch {
                    transfer.end(.failure(Self.error(for: error)))
                }
            }
        } onCancel: {
            transfer.cancel()
            mailbox.noteCancellation()
        }
    }

    /// Ends every request that is under way or waits, closes all connections and waits for the thread to end.
    ///
    /// Later requests fail as not sent. A second call does nothing.
    package func shutdown() {
        _ = mailbox.close()
        let identifier = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let identifier { pthread_join(identifier, nil) }
    }

    private static func error(for refusal: CurlMailbox.Refusal) -> AWSError {
        switch refusal {
        case .closed: AWSError(.notSent, code: "TransportClosed", message: "the transport was shut down")
        case .full:
            AWSError(
                .notSent, code: "TransportFull",
                message: "too many requests wait for their turn; run fewer tasks at once", isRetryable: true)
        }
    }

    private static func failure(_ message: String) -> AWSError {
        AWSError(.notSent, code: "TransportFailed", message: message)
    }
}

// MARK: - The thread

extension CurlTransport {
    /// What the thread is given.
    private final class Start: Sendable {
        let configuration: TransportConfiguration
        let mailbox: CurlMailbox
        let poller: SocketPoller

        init(configuration: TransportConfiguration, mailbox: CurlMailbox, poller: SocketPoller) {
            self.configuration = configuration
            self.mailbox = mailbox
            self.poller = poller
        }
    }

    /// Initialises libcurl once in a process; it is not thread-safe before libcurl 7.84.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        // Signals belong to the program's own threads, and a broken connection must not raise SIGPIPE here.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        cove_thread_name("cove-curl")
        if let driver = CurlDriver(start.configuration, mailbox: start.mailbox, poller: start.poller) {
            driver.run()
        } else {
            refuseAll(start.mailbox)
        }
        return nil
    }

    /// Without memory for a driver nothing can be sent; whoever came in between is told so.
    private static func refuseAll(_ mailbox: CurlMailbox) {
        _ = mailbox.close()
        for transfer in mailbox.take(ended: 0).transfers {
            transfer.end(.failure(failure("libcurl has no memory")))
        }
    }
}
