// SPDX-License-Identifier: Apache-2.0

extension ServiceSettings {
    /// The settings that environment and profile name.
    ///
    /// - Parameter sources: gets what is wrong with them.
    init(_ sources: inout SettingSources) {
        s3 = S3(&sources)
        authSchemePreference =
            sources.find("AWS_AUTH_SCHEME_PREFERENCE", "auth_scheme_preference")?.value
            .split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }.filter { !$0.isEmpty } ?? []
        accountIDEndpointMode =
            sources.choice(
                AccountIDEndpointMode.self, "AWS_ACCOUNT_ID_ENDPOINT_MODE", "account_id_endpoint_mode",
                ignoringCase: true)
            ?? .preferred
        requestChecksums =
            sources.choice(
                ChecksumUse.self, "AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation", ignoringCase: true
            )
            ?? .whenSupported
        responseChecksums =
            sources.choice(
                ChecksumUse.self, "AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation", ignoringCase: true
            )
            ?? .whenSupported
        compressesRequests = !sources.flag("AWS_DISABLE_REQUEST_COMPRESSION", "disable_request_compression")
        smallestCompressed =
            sources.positive(
                "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "request_min_compression_size_bytes", most: 1_048_576)
            ?? 10_240
        usesHostPrefixes = !sources.flag("AWS_DISABLE_HOST_PREFIX_INJECTION", "disable_host_prefix_injection")
        if let found = sources.find(nil, "parameter_validation") {
            validatesParameters = found.value.lowercased() == "true"
        }
        // botocore knows tokens of this one service.
        if let token = sources.environment["AWS_BEARER_TOKEN_BEDROCK"], !token.isEmpty {
            bearerTokens["bedrock"] = BearerToken(text: token)
        }
    }
}

extension ServiceSettings.S3 {
    fileprivate init(_ sources: inout SettingSources) {
        if let style = sources.find(inBlock: "s3", "addressing_style") {
            // Anything else counts as auto, as in botocore.
            addressingStyle = AddressingStyle(rawValue: style.value) ?? .auto
        }
        useAccelerate = sources.flag(inBlock: "s3", "use_accelerate_endpoint") ?? false
        useDualStack = sources.flag(inBlock: "s3", "use_dualstack_endpoint")
        signsPayload = sources.flag(inBlock: "s3", "payload_signing_enabled")
        useARNRegion =
            sources.optionalFlag("AWS_S3_USE_ARN_REGION", "s3_use_arn_region")
            ?? sources.flag(inBlock: "s3", "use_arn_region")
        disableMultiRegionAccessPoints =
            sources.optionalFlag("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", nil)
            ?? sources.flag(inBlock: "s3", "s3_disable_multiregion_access_points") ?? false
        disableExpressSessionAuth = sources.optionalFlag(
            "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "s3_disable_express_session_auth")
        let found =
            sources.find("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "s3_us_east_1_regional_endpoint")
            ?? sources.find(inBlock: "s3", "us_east_1_regional_endpoint")
        switch found?.value {
        case "regional": useRegionalEndpointInUSEast1 = true
        case nil, "legacy": break
        default: if let found { sources.reject(found, expected: "regional or legacy") }
        }
    }
}
