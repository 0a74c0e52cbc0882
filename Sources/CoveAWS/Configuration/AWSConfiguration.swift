// SPDX-License-Identifier: Apache-2.0

/// The settings of an AWS session, resolved from arguments, environment and shared files as botocore 1.44 resolves them.
///
/// A value holds everything that was read, so that nothing reads the environment or a file later. The files' secrets are
/// inside and never print.
public struct AWSConfiguration: Sendable {
    /// The default region; nil when nothing names one.
    public var region: String?
    /// The profile that was named by argument or environment; nil for `default`, which need not exist.
    public var profileName: String?
    /// The file of certificate authorities to trust, instead of the system's.
    public var caBundle: String?
    /// How failed requests are repeated.
    public var retryMode: RetryMode
    /// How many times a request is sent at most, the first time included; 1 or more.
    public var maxAttempts: Int
    /// How long a connection may take to be made, TLS included.
    public var connectTimeout: Duration
    /// How long a server may stay silent.
    public var readTimeout: Duration
    /// Whether endpoints validated for FIPS 140 are used.
    public var useFIPS: Bool
    /// Whether endpoints with IPv6 are used.
    public var useDualStack: Bool
    /// Which STS endpoints are used.
    public var stsRegionalEndpoints: STSRegionalEndpoints
    /// The proxies on the way.
    public var proxies: ProxySettings

    /// Whether the profile was named by the caller, which takes precedence over keys in the environment.
    package var profileIsExplicit = false
    /// Whether the user named the number of attempts, which takes precedence over a service's own.
    package var maxAttemptsIsExplicit = false
    package var endpoints: ConfiguredEndpoints
    /// What single services are sent.
    package var services = ServiceSettings()
    package var shared: SharedConfiguration

    /// How failed requests are repeated, by botocore's names.
    public enum RetryMode: String, Sendable, CaseIterable {
        /// Backoff with jitter and a quota of retries.
        case standard
        /// botocore's older behaviour: more attempts, no quota.
        case legacy
        /// As `standard`, and requests are slowed down on the client's side when throttled.
        case adaptive
    }

    /// Which STS endpoints are used.
    public enum STSRegionalEndpoints: String, Sendable, CaseIterable {
        /// The endpoint of the region, `sts.eu-west-1.amazonaws.com`.
        case regional
        /// `sts.amazonaws.com` for the regions that existed before 2019, the region's endpoint for all others.
        case legacy
    }

    /// Makes the configuration that an empty environment gives.
    public init(region: String? = nil) {
        self.region = region
        retryMode = .standard
        maxAttempts = 3
        connectTimeout = .seconds(60)
        readTimeout = .seconds(60)
        useFIPS = false
        useDualStack = false
        stsRegionalEndpoints = .regional
        proxies = ProxySettings()
        endpoints = ConfiguredEndpoints()
        shared = SharedConfiguration()
    }

    /// The endpoint that the user configured for a service, by botocore's order: the service's variable, the global
    /// variable, the profile's `services` section, the profile's `endpoint_url`.
    ///
    /// - Parameter service: the service's id in lower case with hyphens or underscores: `sts`, `organizations`.
    /// - Returns: a URL with scheme and host; nil when none is configured, and the service's own endpoint is to be used.
    public func endpointURL(service: String) -> String? {
        endpoints.url(service: service)
    }
}
