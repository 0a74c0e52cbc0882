// SPDX-License-Identifier: Apache-2.0

/// An environment with its files, resolved by botocore and by Cove.
struct ConfigurationCase: Sendable {
    var name: String
    var environment: [String: String] = [:]
    var config: String?
    var credentials: String?
    var otherFiles: [String: String] = [:]
    var profile: String?
    var region: String?
    /// What botocore's answer is on purpose not followed in, by field; `error` where Cove refuses.
    var differences: Set<String> = []

    init(
        _ name: String, _ environment: [String: String] = [:], config: String? = nil, credentials: String? = nil,
        otherFiles: [String: String] = [:], profile: String? = nil, region: String? = nil, differences: Set<String> = []
    ) {
        self.name = name
        self.environment = environment
        self.config = config
        self.credentials = credentials
        self.otherFiles = otherFiles
        self.profile = profile
        self.region = region
        self.differences = differences
    }

    var files: [String: String] {
        var files = otherFiles
        files[".aws/config"] = config
        files[".aws/credentials"] = credentials
        return files
    }

    private static let twoProfiles = """
        [default]
        region = eu-west-1
        [profile a]
        region = eu-west-2
        max_attempts = 7
        retry_mode = adaptive
        ca_bundle = /etc/a.pem
        use_fips_endpoint = true
        use_dualstack_endpoint = TRUE
        sts_regional_endpoints = legacy
        endpoint_url = http://localhost:1
        [profile "b c"]
        region = eu-central-1
        [sso-session s]
        sso_region = x
        """

    private static let services = """
        [default]
        services = local
        endpoint_url = http://profile:1
        [profile only]
        services = local
        [profile missing]
        services = nowhere
        [services local]
        sts =
          endpoint_url = http://sts-section:2
        dynamodb =
          endpoint_url = http://dynamodb:3
        """

    static let all: [ConfigurationCase] = profiles + regions + endpoints + retries + switches + trust + broken

    private static let profiles: [ConfigurationCase] = [
        .init("nothing at all"),
        .init("the default profile", config: twoProfiles),
        .init("AWS_PROFILE", ["AWS_PROFILE": "a"], config: twoProfiles),
        .init("AWS_DEFAULT_PROFILE", ["AWS_DEFAULT_PROFILE": "a"], config: twoProfiles),
        .init("both profile variables", ["AWS_DEFAULT_PROFILE": "a", "AWS_PROFILE": "b c"], config: twoProfiles),
        .init("a profile argument", ["AWS_PROFILE": "a"], config: twoProfiles, profile: "b c"),
        .init("a profile that is missing", ["AWS_PROFILE": "z"], config: twoProfiles),
        .init("a profile argument that is missing", config: twoProfiles, profile: "z"),
        .init("a named default that is missing", ["AWS_PROFILE": "default"]),
        .init("an empty AWS_PROFILE", ["AWS_PROFILE": ""], config: twoProfiles),
        .init("a profile of the credentials file", ["AWS_PROFILE": "k"], credentials: "[k]\nregion = ap-south-1"),
        .init(
            "the credentials file lies over the config file", config: "[default]\nregion = eu-west-1\nmax_attempts = 4",
            credentials: "[default]\nregion = eu-north-1"),
        .init(
            "profile prefix in the credentials file", ["AWS_PROFILE": "profile k"], credentials: "[profile k]\na = b"),
        .init("no such profile name", ["AWS_PROFILE": "profile a"], config: twoProfiles),
        .init("two words after profile", ["AWS_PROFILE": "a"], config: "[profile a b]\nregion = x"),
        .init(
            "[default] and [profile default]", config: "[default]\nregion = a-1\n[profile default]\nmax_attempts = 9"),
        .init(
            "[profile default] and [default]", config: "[profile default]\nmax_attempts = 9\n[default]\nregion = a-1"),
        .init("[profiles x]", ["AWS_PROFILE": "x"], config: "[profiles x]\nregion = a-1"),
        .init("[DEFAULT]", config: "[DEFAULT]\nregion = a-1\n[default]\nmax_attempts = 2"),
        .init(
            "files elsewhere",
            ["AWS_CONFIG_FILE": "~/elsewhere/c", "AWS_SHARED_CREDENTIALS_FILE": "$HOME/elsewhere/k"],
            config: twoProfiles,
            otherFiles: ["elsewhere/c": "[default]\nregion = c-1", "elsewhere/k": "[default]\nmax_attempts = 6"]),
        .init(
            "files by variable", ["AWS_CONFIG_FILE": "${WHERE}/c$NOTHING${", "WHERE": "{HOME}"],
            otherFiles: ["c$NOTHING${": "[default]\nregion = c-2"]),
        .init("files that are missing", ["AWS_CONFIG_FILE": "/nonexistent/x"], config: twoProfiles),
        .init("an empty file name", ["AWS_CONFIG_FILE": ""], config: twoProfiles),
        .init("a folder for a file", ["AWS_CONFIG_FILE": "{HOME}"], config: twoProfiles),
    ]

    private static let regions: [ConfigurationCase] = [
        .init("AWS_DEFAULT_REGION", ["AWS_DEFAULT_REGION": "us-west-2"], config: twoProfiles),
        .init("a region argument", ["AWS_DEFAULT_REGION": "us-west-2"], config: twoProfiles, region: "sa-east-1"),
        .init("both region variables", ["AWS_DEFAULT_REGION": "us-west-2", "AWS_REGION": "us-west-1"]),
        .init("AWS_REGION beside a profile's", ["AWS_REGION": "us-west-1"], config: twoProfiles),
        .init("AWS_REGION alone", ["AWS_REGION": "us-west-1"], differences: ["region"]),
        .init("an empty region", ["AWS_DEFAULT_REGION": ""], config: twoProfiles),
        .init("a region that is no name", ["AWS_DEFAULT_REGION": "eu west"]),
        .init("a region of digits", ["AWS_DEFAULT_REGION": "123"]),
        .init("a region with a dot", config: "[default]\nregion = eu-west-1.evil.example"),
        .init("a region with a hyphen at its end", ["AWS_DEFAULT_REGION": "eu-"]),
        .init("a strange region", ["AWS_DEFAULT_REGION": "Mars-1"]),
    ]

    private static let endpoints: [ConfigurationCase] = [
        .init("AWS_ENDPOINT_URL", ["AWS_ENDPOINT_URL": "http://127.0.0.1:5000"]),
        .init(
            "AWS_ENDPOINT_URL_STS", ["AWS_ENDPOINT_URL_STS": "http://h:1", "AWS_ENDPOINT_URL": "http://h:2"],
            config: services),
        .init("AWS_ENDPOINT_URL_ORGANIZATIONS", ["AWS_ENDPOINT_URL_ORGANIZATIONS": "https://h"], config: services),
        .init("services and endpoint_url", config: services),
        .init("AWS_ENDPOINT_URL before services", ["AWS_ENDPOINT_URL": "http://global:4"], config: services),
        .init("services alone", ["AWS_PROFILE": "only"], config: services),
        .init("services that are missing", ["AWS_PROFILE": "missing"], config: services),
        .init("an empty AWS_ENDPOINT_URL", ["AWS_ENDPOINT_URL": ""], config: services),
        .init("an empty AWS_ENDPOINT_URL_STS", ["AWS_ENDPOINT_URL_STS": "", "AWS_ENDPOINT_URL": "http://g"]),
        .init(
            "ignored endpoints", ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "http://h"],
            config: services),
        .init(
            "ignored endpoints by profile", ["AWS_ENDPOINT_URL": "http://h"],
            config: "[default]\nignore_configured_endpoint_urls = True"),
        .init(
            "endpoints that are not ignored",
            ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false", "AWS_ENDPOINT_URL": "http://h"],
            config: "[default]\nignore_configured_endpoint_urls = true"),
        .init("an endpoint that is no URL", ["AWS_ENDPOINT_URL": "localhost"]),
        .init("an endpoint without a host", config: "[default]\nendpoint_url = http://"),
        .init(
            "an endpoint of another scheme", ["AWS_ENDPOINT_URL_STS": "ftp://h"], differences: ["error"]),
    ]

    private static let retries: [ConfigurationCase] = [
        .init("AWS_MAX_ATTEMPTS", ["AWS_MAX_ATTEMPTS": "12"], config: twoProfiles, profile: "a"),
        .init("no attempts", ["AWS_MAX_ATTEMPTS": "0"]),
        .init("attempts with spaces", ["AWS_MAX_ATTEMPTS": " 4 "]),
        .init("attempts that are no number", ["AWS_MAX_ATTEMPTS": "many"]),
        .init("attempts that are empty", ["AWS_MAX_ATTEMPTS": ""]),
        .init("attempts that are no number in a file", config: "[default]\nmax_attempts = 3.5"),
        .init("AWS_RETRY_MODE", ["AWS_RETRY_MODE": "legacy"], config: twoProfiles, profile: "a"),
        .init("the legacy mode's attempts", ["AWS_RETRY_MODE": "legacy"]),
        .init("the adaptive mode's attempts", config: "[default]\nretry_mode = adaptive"),
        .init("an unknown retry mode", ["AWS_RETRY_MODE": "eager"]),
        .init("a retry mode in upper case", ["AWS_RETRY_MODE": "Standard"]),
    ]

    private static let switches: [ConfigurationCase] = [
        .init("AWS_USE_FIPS_ENDPOINT", ["AWS_USE_FIPS_ENDPOINT": "True", "AWS_DEFAULT_REGION": "us-east-1"]),
        .init("FIPS switched off by variable", ["AWS_USE_FIPS_ENDPOINT": "false"], config: twoProfiles, profile: "a"),
        .init("an empty FIPS variable", ["AWS_USE_FIPS_ENDPOINT": ""], config: twoProfiles, profile: "a"),
        .init("FIPS asked for with 1", ["AWS_USE_FIPS_ENDPOINT": "1"], differences: ["error"]),
        .init("AWS_USE_DUALSTACK_ENDPOINT", ["AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_DEFAULT_REGION": "us-east-1"]),
        .init("AWS_STS_REGIONAL_ENDPOINTS", ["AWS_STS_REGIONAL_ENDPOINTS": "legacy"]),
        .init(
            "an empty AWS_STS_REGIONAL_ENDPOINTS", ["AWS_STS_REGIONAL_ENDPOINTS": ""], config: twoProfiles, profile: "a"
        ),
        .init("an unknown AWS_STS_REGIONAL_ENDPOINTS", ["AWS_STS_REGIONAL_ENDPOINTS": "Regional"]),
    ]

    private static let trust: [ConfigurationCase] = [
        .init(
            "AWS_CA_BUNDLE", ["AWS_CA_BUNDLE": "/etc/v.pem", "REQUESTS_CA_BUNDLE": "/etc/r.pem"], config: twoProfiles),
        .init("ca_bundle", ["AWS_PROFILE": "a", "REQUESTS_CA_BUNDLE": "/etc/r.pem"], config: twoProfiles),
        .init("REQUESTS_CA_BUNDLE", ["REQUESTS_CA_BUNDLE": "/etc/r.pem"]),
        .init("an empty AWS_CA_BUNDLE", ["AWS_CA_BUNDLE": " "]),
        .init("an empty REQUESTS_CA_BUNDLE", ["REQUESTS_CA_BUNDLE": ""]),
        .init("proxies", ["HTTPS_PROXY": "http://p:1", "http_proxy": "q:2", "NO_PROXY": "localhost,.local"]),
        .init("lower case before upper case", ["HTTPS_PROXY": "http://p:1", "https_proxy": "https://q:2"]),
        .init("an empty lower case switches off", ["HTTPS_PROXY": "http://p:1", "https_proxy": "", "no_proxy": ""]),
        .init("a proxy without a scheme", ["https_proxy": "//q:2", "HTTP_PROXY": "user:pw@p"]),
        .init("ALL_PROXY is not known", ["ALL_PROXY": "http://p:1"]),
        .init("a CGI program", ["HTTP_PROXY": "http://evil", "HTTPS_PROXY": "http://p", "REQUEST_METHOD": "GET"]),
        .init("a CGI program with http_proxy", ["http_proxy": "http://p", "REQUEST_METHOD": "GET"]),
    ]

    private static let broken: [ConfigurationCase] = [
        .init("a line of noise", config: "[default]\nnoise\nregion = x"),
        .init("noise in the credentials file", config: twoProfiles, credentials: "aws_access_key_id = x"),
        .init("a section twice", config: "[default]\n[default]"),
        .init("a block without equals", config: "[default]\ns3 =\n  noise"),
        .init("an empty file", config: "", credentials: ""),
        .init(
            "a byte order mark", config: "\u{FEFF}[default]\nregion = eu-west-1", differences: ["error", "accepted"]),
    ]
}
