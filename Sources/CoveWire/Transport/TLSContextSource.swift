// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import NIOSSL

/// The TLS settings made of files, made anew when a file changed.
final class TLSContextSource: Sendable {
    private let contexts: ChangingFiles<NIOSSLContext, LinkError>

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
        contexts = try ChangingFiles(files.map(\.path), now: now, logger: logger) { () throws(LinkError) in
            let context = try Self.context(make)
            if let key, key.isOpenToEverybody {
                logger.warning(
                    "everybody on this host can read the private key", metadata: [LogKeys.file: "\(key.path)"])
            }
            return context
        }
    }

    /// The settings for a new connection.
    ///
    /// Files that changed and cannot be used leave the settings as they were, with a warning in the log.
    func current(now: ContinuousClock.Instant) -> NIOSSLContext { contexts.current(now: now) }

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
