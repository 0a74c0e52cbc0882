// SPDX-License-Identifier: Apache-2.0

extension AWSConfiguration {
    /// Resolves the settings: argument before environment before profile before default.
    ///
    /// The profile is the argument, or `AWS_DEFAULT_PROFILE`, or `AWS_PROFILE` (in this order, which is boto3's), or
    /// `default`. The region is the argument, or `AWS_DEFAULT_REGION`, or the profile's, as in boto3, which does not know
    /// `AWS_REGION`; it is taken last, as the AWS CLI and the other SDKs know it. Only what is passed in is read, beside the
    /// two shared files. Where botocore guesses there is an error instead: a flag that is neither true nor false (botocore:
    /// false), an endpoint URL that is not http or https, a shared file that exists and may not be read (botocore: as if
    /// absent). `AWS_DEFAULTS_MODE` is not known.
    ///
    /// - Throws: `AWSError` of phase `invalidInput`: `ProfileNotFound`, or `InvalidConfiguration` with all problems at once.
    public static func resolve(
        environment: [String: String], profile: String? = nil, region: String? = nil,
        files: ConfigurationFiles = .onDisk
    ) throws -> AWSConfiguration {
        var fileProblems: [String] = []
        let shared = SharedConfiguration(environment: environment, files: files, problems: &fileProblems)
        try refuse(fileProblems)
        let name = profile ?? environment["AWS_DEFAULT_PROFILE"] ?? environment["AWS_PROFILE"]
        let settings = try shared.profile(named: name)
        var sources = SettingSources(
            environment: environment, profile: settings, profileName: name ?? "default", file: shared.configPath)

        var configuration = AWSConfiguration()
        configuration.shared = shared
        configuration.profileName = name
        configuration.profileIsExplicit = profile != nil
        configuration.region = sources.region(argument: region)
        configuration.caBundle = sources.caBundle()
        configuration.readRetries(&sources)
        configuration.useFIPS = sources.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
        configuration.useDualStack = sources.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
        configuration.stsRegionalEndpoints = sources.stsRegionalEndpoints()
        configuration.proxies = ProxySettings(environment: environment)
        configuration.endpoints = sources.endpoints(services: shared.services)
        configuration.services = ServiceSettings(&sources)
        try refuse(sources.problems)
        return configuration
    }

    private mutating func readRetries(_ sources: inout SettingSources) {
        retryMode = sources.choice(RetryMode.self, "AWS_RETRY_MODE", "retry_mode") ?? .standard
        let attempts = sources.positive("AWS_MAX_ATTEMPTS", "max_attempts")
        maxAttempts = attempts ?? (retryMode == .legacy ? 5 : 3)
        maxAttemptsIsExplicit = attempts != nil
    }

    private static func refuse(_ problems: [String]) throws {
        guard let first = problems.first else { return }
        let numbered = problems.enumerated().map { "(\($0.offset + 1)) \($0.element)" }
        throw AWSError(
            .invalidInput, code: "InvalidConfiguration",
            message: problems.count == 1
                ? first : "\(problems.count) problems with the AWS configuration: \(numbered.joined(separator: "; "))")
    }
}

extension SharedConfiguration {
    /// The settings of a profile; without a name those of `default`, which may be absent.
    func profile(named name: String?) throws -> Profile {
        guard let name else { return profiles["default"] ?? Profile() }
        guard let profile = profiles[name] else {
            let known = profiles.keys.sorted()
            let names = known.prefix(20).joined(separator: ", ") + (known.count > 20 ? ", …" : "")
            throw AWSError(
                .invalidInput, code: "ProfileNotFound",
                message: "The config profile (\(name)) could not be found in \(configPath) or \(credentialsPath); "
                    + (known.isEmpty ? "they name no profile" : "there are: \(names)"))
        }
        return profile
    }
}

extension SettingSources {
    fileprivate mutating func region(argument: String?) -> String? {
        let found =
            argument.map { Found(value: $0, place: "the region given") } ?? find("AWS_DEFAULT_REGION", "region")
            ?? environment["AWS_REGION"].map { Found(value: $0, place: "AWS_REGION") }
        guard let found else { return nil }
        let name = found.value.utf8
        let isLabel =
            (1...63).contains(name.count) && name.first != UInt8(ascii: "-") && name.last != UInt8(ascii: "-")
            && name.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") } && !name.allSatisfy(isDigit)
        if !isLabel { reject(found, expected: "a region's name such as eu-west-1") }
        return found.value
    }

    /// `AWS_CA_BUNDLE`, the profile's `ca_bundle`, or what the Python world sets, `REQUESTS_CA_BUNDLE`.
    fileprivate mutating func caBundle() -> String? {
        let found =
            find("AWS_CA_BUNDLE", "ca_bundle")
            ?? environment["REQUESTS_CA_BUNDLE"].map { Found(value: $0, place: "REQUESTS_CA_BUNDLE") }
        guard let found else { return nil }
        if found.value.unicodeScalars.allSatisfy(\.isPythonSpace) {
            reject(found, expected: "the path of a CA bundle file")
        }
        return found.value
    }

    fileprivate mutating func stsRegionalEndpoints() -> AWSConfiguration.STSRegionalEndpoints {
        let names = ("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints")
        if environment[names.0] == "" || (environment[names.0] == nil && profile[names.1] == "") { return .regional }
        return choice(AWSConfiguration.STSRegionalEndpoints.self, names.0, names.1) ?? .regional
    }

    fileprivate mutating func endpoints(services: [String: Profile]) -> ConfiguredEndpoints {
        guard !flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") else {
            return ConfiguredEndpoints()
        }
        var endpoints = ConfiguredEndpoints(environment: environment)
        endpoints.profile = find(nil, "endpoint_url")?.value
        if let section = find(nil, "services") {
            if let services = services[section.value], !services.settings.isEmpty {
                for (service, value) in services.settings {
                    guard case .block(let block) = value else { continue }
                    endpoints.bySection[service] = block["endpoint_url"]
                }
            } else {
                note(
                    "The profile is configured to use the services section but the \"\(section.value)\" services "
                        + "configuration does not exist: \(section.place)")
            }
        }
        for service in ["sts", "organizations"] {
            guard let url = endpoints.url(service: service), !ConfiguredEndpoints.isUsable(url) else { continue }
            // User information may be a password.
            let shown = url.contains("@") ? "holds user information" : "is '\(url.prefix(100))'"
            note("the endpoint URL configured for \(service) \(shown); expected http://HOST or https://HOST")
        }
        return endpoints
    }
}

private func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
