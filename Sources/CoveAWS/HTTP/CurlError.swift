// SPDX-License-Identifier: Apache-2.0

internal import CCurl

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What libcurl says of a transfer that failed, and what that means for the caller.
struct CurlError {
    /// The result code of the transfer.
    let code: CURLcode
    /// What libcurl wrote about it; may be empty.
    let detail: String
    /// The operating system's error number of a connection that was not made, 0 for none.
    let systemError: Int32
    /// The status with which a proxy answered CONNECT, 0 for none.
    let proxyStatus: Int
    /// Whether the connection stood when the transfer failed.
    let wasConnected: Bool

    /// The failure in the words of the calls.
    func awsError(origin: HTTPOrigin) -> AWSError {
        let (phase, name, isRetryable) = kind
        let reason = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        let hint = Self.hints[name].map { "; \($0)" } ?? ""
        return AWSError(
            phase, code: name, message: "no answer from \(origin.text): \(reason)\(hint)", isRetryable: isRetryable)
    }

    private var kind: (AWSError.Phase, String, Bool) {
        if proxyStatus >= 300 { return (.notSent, "ProxyRefused", false) }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return (.notSent, "UnknownHost", true)
        case CURLE_COULDNT_RESOLVE_PROXY: return (.notSent, "UnknownProxy", true)
        case CURLE_COULDNT_CONNECT:
            return (.notSent, systemError == ECONNREFUSED ? "ConnectionRefused" : "ConnectionFailed", true)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
            return (.notSent, "TLSVerificationFailed", false)
        case CURLE_SSL_CACERT_BADFILE: return (.invalidInput, "InvalidCABundle", false)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED: return (.notSent, "TLSFailed", true)
        case CURLE_PROXY: return (.notSent, "ProxyFailed", true)
        case CURLE_OPERATION_TIMEDOUT: return (.timedOut, wasConnected ? "ReadTimeout" : "ConnectTimeout", true)
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            return wasConnected ? (.timedOut, "ConnectionClosed", true) : (.notSent, "ConnectionFailed", true)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            return (.unreadable, "InvalidResponse", true)
        case CURLE_FILESIZE_EXCEEDED: return (.unreadable, "ResponseTooLarge", false)
        case CURLE_URL_MALFORMAT: return (.invalidInput, "InvalidEndpoint", false)
        default: return (.notSent, "TransportFailed", false)
        }
    }

    private static let hints = [
        "TLSVerificationFailed": "if a company's proxy reads TLS, name its certificates in AWS_CA_BUNDLE",
        "InvalidCABundle": "AWS_CA_BUNDLE must name a file of PEM certificates",
        "ConnectionRefused": "check the endpoint's host and port",
        "UnknownHost": "check the region's name and the endpoint",
        "UnknownProxy": "check HTTPS_PROXY and HTTP_PROXY",
    ]
}
