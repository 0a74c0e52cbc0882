// SPDX-License-Identifier: Apache-2.0

/// How a service wants its requests signed: each of SigV4's variants that services differ in.
package struct SigningSettings: Sendable, Hashable {
    /// What becomes of `.`, `..` and repeated slashes in the path.
    package enum PathNormalization: Sendable {
        /// They are resolved before signing: every service but S3.
        case resolved
        /// The path is signed as it is: an S3 key may hold them.
        case asIs
    }

    /// How often the path is percent-encoded in what is signed.
    package enum PathEncoding: Sendable {
        /// Once more than on the wire: every service but S3.
        case again
        /// As on the wire.
        case asOnTheWire
    }

    /// Whether the payload's hash is sent as `x-amz-content-sha256`.
    package enum PayloadHashHeader: Sendable {
        /// It is only part of what is signed.
        case omitted
        /// It is sent, and signed as a field: S3 wants that.
        case sent
    }

    /// When the session token joins the request.
    package enum SessionTokenMode: Sendable {
        /// Before signing: every service known today.
        case signed
        /// After signing, so that the signature does not cover it: AWS IoT's gateways.
        case addedAfterwards
    }

    /// Whether the payload's hash is part of what is signed.
    package enum Payload: Sendable {
        /// It is.
        case hashed
        /// `UNSIGNED-PAYLOAD` stands in its place, and is sent: operations whose model says so, and bodies that TLS and a
        /// checksum protect.
        case unsigned
    }

    package var payload = Payload.hashed
    package var pathNormalization = PathNormalization.resolved
    package var pathEncoding = PathEncoding.again
    package var payloadHashHeader = PayloadHashHeader.omitted
    package var sessionToken = SessionTokenMode.signed

    /// What all services but a few want.
    package init() {}

    /// What S3 and what speaks as S3 does want.
    package static let s3 = {
        var settings = SigningSettings()
        settings.pathNormalization = .asIs
        settings.pathEncoding = .asOnTheWire
        settings.payloadHashHeader = .sent
        return settings
    }()
}
