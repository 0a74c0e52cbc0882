// SPDX-License-Identifier: Apache-2.0

/// The settings that change what single services are sent, by botocore's names.
package struct ServiceSettings: Sendable {
    /// What the `s3 =` block of a profile holds.
    struct S3: Sendable {
        /// Where the bucket's name stands: in the host's name, in the path, or where it fits.
        enum AddressingStyle: String, Sendable, CaseIterable {
            case auto, virtual, path
        }

        var addressingStyle = AddressingStyle.auto
        var useAccelerate = false
        /// Whether an ARN's region counts rather than the client's; nil for the service's default.
        var useARNRegion: Bool?
        var useDualStack: Bool?
        /// Whether bodies are hashed for signatures; nil for where TLS and a checksum do not do.
        var signsPayload: Bool?
        var disableMultiRegionAccessPoints = false
        var disableExpressSessionAuth: Bool?
        /// Whether `us-east-1` means its own endpoint instead of the global one.
        var useRegionalEndpointInUSEast1 = false
    }

    /// When bodies get, and are checked by, a checksum.
    enum ChecksumUse: String, Sendable, CaseIterable {
        case whenSupported = "when_supported"
        case whenRequired = "when_required"
    }

    /// Whether account ids stand in host names.
    enum AccountIDEndpointMode: String, Sendable, CaseIterable {
        case preferred, disabled, required
    }

    var s3 = S3()
    /// The schemes to sign by, the preferred first.
    var authSchemePreference: [String] = []
    var accountIDEndpointMode = AccountIDEndpointMode.preferred
    var requestChecksums = ChecksumUse.whenSupported
    var responseChecksums = ChecksumUse.whenSupported
    var compressesRequests = true
    /// From how many bytes on a body is packed.
    var smallestCompressed = 10_240
    var usesHostPrefixes = true
    var validatesParameters = true
    /// Tokens for the services that take one instead of a signature, by signing name.
    var bearerTokens: [String: BearerToken] = [:]

    /// What an empty environment gives.
    init() {}
}
