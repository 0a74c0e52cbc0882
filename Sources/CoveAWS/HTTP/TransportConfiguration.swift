// SPDX-License-Identifier: Apache-2.0

/// The settings of a transport.
package struct TransportConfiguration: Sendable {
    /// How many requests are under way at once; the others wait their turn.
    ///
    /// 512: a worker's slots, and room for more.
    package var maximumInFlight = 512
    /// How many requests may wait their turn; one more is refused.
    ///
    /// Each is a suspended caller.
    package var maximumWaiting = 65_536
    /// How long a connection may take to be made, TLS included.
    ///
    /// 60 seconds, as boto3.
    package var connectTimeout: Duration = .seconds(60)
    /// How long a server may be silent while its answer is awaited.
    ///
    /// 60 seconds, as boto3.
    package var readTimeout: Duration = .seconds(60)
    /// The largest body that is accepted, in bytes.
    package var maximumResponseSize = 64 << 20
    /// The largest header that is accepted, in bytes.
    package var maximumHeaderSize = 64 << 10
    /// A file of certificates (PEM) that are trusted instead of the system's.
    package var caBundle: String?
    /// Which proxy is used for what.
    package var proxies = ProxySelection()

    /// Makes the default settings.
    package init() {}
}

extension TransportConfiguration {
    /// The settings that a session's configuration asks for.
    package init(_ configuration: AWSConfiguration) {
        self.init()
        connectTimeout = configuration.connectTimeout
        readTimeout = configuration.readTimeout
        caBundle = configuration.caBundle
        proxies = ProxySelection(configuration.proxies)
    }
}
