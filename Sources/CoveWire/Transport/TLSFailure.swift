// SPDX-License-Identifier: Apache-2.0

internal import CoveCore
internal import NIOSSL

/// What went wrong with TLS, in words.
struct TLSFailure {
    /// Who is at the other end.
    let place: String
    /// The other end's certificate, where one was seen.
    let certificate: PeerCertificate?
    /// The wall clock.
    let now: Timestamp

    /// What a worker or client is told.
    func clientError(_ error: any Error) -> LinkError {
        if let error = error as? NIOSSLExtraError {
            return error == .failedToValidateHostname
                ? nameError() : LinkError(.tls, "TLS could not be agreed on with \(place): \(error)")
        }
        if Self.isEnd(error) {
            return LinkError(.closed, "\(place) closed the connection before TLS was agreed on")
        }
        if error as? NIOSSLError == .uncleanShutdown || error is NIOSSLCloseTimedOutError {
            return LinkError(.closed, "the link to \(place) was lost")
        }
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") { return certificateError() }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return Self.plaintext(place)
        }
        if let reason = Self.alert(in: text) {
            return LinkError(
                .tls,
                "the coordinator at \(place) does not take the certificate that was shown to it: \(reason); show another one with --tls-certificate and --tls-key, or a token only"
            )
        }
        return LinkError(.tls, "TLS could not be agreed on with \(place): \(Self.short(text))")
    }

    /// What the coordinator's log says of a peer.
    func serverError(_ error: any Error) -> LinkError {
        if Self.isEnd(error) { return LinkError(.closed, "the peer closed the connection before TLS was agreed on") }
        if error as? NIOSSLError == .uncleanShutdown || error is NIOSSLCloseTimedOutError {
            return LinkError(.closed, "the link was lost")
        }
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return LinkError(
                .tls,
                "the peer's certificate is not taken: \(validity ?? "it is not of the authorities of --tls-client-ca")")
        }
        if let reason = Self.alert(in: text) {
            return LinkError(.tls, "the peer does not take this coordinator's certificate: \(reason)")
        }
        return LinkError(.tls, "TLS could not be agreed on: \(Self.short(text))")
    }

    /// What is said of a coordinator that answers without TLS.
    static func plaintext(_ place: String) -> LinkError {
        LinkError(
            .tls,
            "\(place) does not speak TLS: check the address; a coordinator speaks TLS when it is started with --tls-certificate and --tls-key"
        )
    }

    /// A certificate that is not trusted.
    private func certificateError() -> LinkError {
        if let validity {
            return LinkError(
                .tls,
                "the certificate of \(place) is not trusted: \(validity); check the clocks, or renew it on the coordinator's host"
            )
        }
        let issuer = certificate.map { ", issued by \"\($0.issuer)\"," } ?? ""
        return LinkError(
            .tls,
            "the certificate of \(place)\(issuer) is of no authority that is trusted here; give the coordinator's authority with --tls-ca FILE"
        )
    }

    /// A certificate of another name.
    func nameError() -> LinkError {
        let names = certificate?.hosts ?? []
        let found = names.isEmpty ? "no host name" : names.prefix(8).joined(separator: ", ")
        return LinkError(
            .tls,
            "the certificate of \(place) is for another host: found \(found); connect by a name in the certificate, or make one for this name"
        )
    }

    /// Why the certificate does not hold now; nil when it does.
    private var validity: String? {
        guard let certificate else { return nil }
        let seconds = Double(now.milliseconds) / 1_000
        if seconds < certificate.validity.lowerBound {
            return "it is not valid before \(Self.moment(certificate.validity.lowerBound)), and it is \(now) here"
        }
        if seconds > certificate.validity.upperBound {
            return "it expired at \(Self.moment(certificate.validity.upperBound)), and it is \(now) here"
        }
        return nil
    }

    private static func moment(_ seconds: Double) -> Timestamp { Timestamp(milliseconds: Int64(seconds * 1_000)) }

    private static func isEnd(_ error: any Error) -> Bool {
        error as? NIOSSLError == .handshakeFailed(.sslError([.eofDuringHandshake]))
    }

    /// What the other end found wrong with our certificate; nil when it said something else.
    private static func alert(in text: String) -> String? {
        if text.contains("ALERT_CERTIFICATE_EXPIRED") { return "it has expired, or does not hold yet" }
        if text.contains("ALERT_UNKNOWN_CA") { return "it is of an authority that is not known there" }
        if text.contains("CERTIFICATE_REQUIRED") { return "none was shown" }
        if text.contains("ALERT_BAD_CERTIFICATE") || text.contains("ALERT_CERTIFICATE_UNKNOWN")
            || text.contains("ALERT_UNSUPPORTED_CERTIFICATE") || text.contains("ALERT_CERTIFICATE_REVOKED")
        {
            return "it is not valid there"
        }
        return nil
    }

    /// The library's words without its file names.
    private static func short(_ text: String) -> String {
        guard let start = text.firstRange(of: "OPENSSL_internal:") else { return text }
        return String(text[start.upperBound...].prefix { $0 != " " })
    }
}
