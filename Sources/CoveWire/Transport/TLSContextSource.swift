// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// The TLS settings made of files, made anew when a file changed.
final class TLSContextSource: Sendable {
    private struct State {
        var context: NIOSSLContext
        /// What the files were when they were last read, well or in vain.
        var stamps: [PEMFile.Stamp?]
        var looked: ContinuousClock.Instant
    }

    /// How often the files are looked at, at most.
    private static let interval = Duration.seconds(1)

    private let files: [PEMFile]
    private let key: PEMFile?
    private let make: @Sendable () throws -> TLSConfiguration
    private let logger: Logger
    private let state: Mutex<State>

    /// The settings of a coordinator.
    ///
    /// - Throws: `LinkError(.configuration)` when a file cannot be used.
    convenience init(_ tls: WireTLS.Server, now: ContinuousClock.Instant, logger: Logger) throws(LinkError) {
        let certificate = PEMFile(path: tls.certificate, option: "--tls-certificate")
        let key = PEMFile(path: tls.key, option: "--tls-key")
        let clientCA = tls.clientCA.map { PEMFile(path: $0, option: "--tls-client-ca") }
        try self.init(files: [certificate, key] + [clientCA].compactMap(\.self), key: key, now: now, logger: logger) {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try certificate.certificates().map { .certificate($0) },
                privateKey: .privateKey(try key.privateKey()))
            if let clientCA {
                configuration.trustRoots = .certificates(try clientCA.certificates())
                configuration.certificateVerification = .optionalVerification
                configuration.sendCANameList = true
            }
            return configuration
        }
    }

    /// The settings of a worker or client.
    ///
    /// - Throws: `LinkError(.configuration)` when a file cannot be used.
    convenience init(_ tls: WireTLS.Client, now: ContinuousClock.Instant, logger: Logger) throws(LinkError) {
        let ca = tls.ca.map { PEMFile(path: $0, option: "--tls-ca") }
        let certificate = tls.certificate.map { PEMFile(path: $0, option: "--tls-certificate") }
        let key = tls.key.map { PEMFile(path: $0, option: "--tls-key") }
        guard (certificate == nil) == (key == nil) else {
            throw LinkError(
                .configuration,
                "found \(key == nil ? "--tls-certificate without --tls-key" : "--tls-key without --tls-certificate"), expected both or none"
            )
        }
        try self.init(files: [ca, certificate, key].compactMap(\.self), key: key, now: now, logger: logger) {
            var configuration = TLSConfiguration.makeClientConfiguration()
            if let ca { configuration.trustRoots = .certificates(try ca.certificates()) }
            if let certificate, let key {
                configuration.certificateChain = try certificate.certificates().map { .certificate($0) }
                configuration.privateKey = .privateKey(try key.privateKey())
            }
            return configuration
        }
    }

    private init(
        files: [PEMFile], key: PEMFile?, now: ContinuousClock.Instant, logger: Logger,
        make: @escaping @Sendable () throws -> TLSConfiguration
    ) throws(LinkError) {
        self.files = files
        self.key = key
        self.make = make
        self.logger = logger
        // Looked at before they are read: a change in between is then seen the next time.
        let stamps = files.map(\.stamp)
        state = Mutex(State(context: try Self.context(make), stamps: stamps, looked: now))
        warnOfOpenKey()
    }

    /// The settings for a new connection.
    ///
    /// Files that changed and cannot be used leave the settings as they were, with a warning in the log.
    func current(now: ContinuousClock.Instant) -> NIOSSLContext {
        let (context, known): (NIOSSLContext, [PEMFile.Stamp?]?) = state.withLock { state in
            guard now - state.looked >= Self.interval else { return (state.context, nil) }
            state.looked = now
            return (state.context, state.stamps)
        }
        guard let known else { return context }
        let stamps = files.map(\.stamp)
        guard stamps != known else { return context }
        do {
            let renewed = try Self.context(make)
            state.withLock { state in
                state.context = renewed
                state.stamps = stamps
            }
            logger.debug("read the changed TLS files")
            warnOfOpenKey()
            return renewed
        } catch {
            state.withLock { $0.stamps = stamps }
            logger.warning(
                "the changed TLS files cannot be used; those from before stay in use",
                metadata: [LogKeys.error: "\(error)"])
            return context
        }
    }

    private func warnOfOpenKey() {
        guard let key, key.isOpenToOthers else { return }
        logger.warning("others than its owner can read the private key", metadata: [LogKeys.file: "\(key.path)"])
    }

    private static func context(_ make: () throws -> TLSConfiguration) throws(LinkError) -> NIOSSLContext {
        do {
            var configuration = try make()
            configuration.minimumTLSVersion = .tlsv12
            // How long a close waits for the other end's; what was sent has been sent by then.
            configuration.shutdownTimeout = .seconds(1)
            return try NIOSSLContext(configuration: configuration)
        } catch let error as LinkError {
            throw error
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw LinkError(.configuration, "the file of --tls-key is not the private key of --tls-certificate")
        } catch {
            throw LinkError(.configuration, "the TLS files cannot be used: \(error)")
        }
    }
}
