// SPDX-License-Identifier: Apache-2.0

/// Signs requests with AWS Signature Version 4, in the header or in the query (a presigned URL).
package final class RequestSigner: Sendable {
    /// What was computed on the way, for tests to compare step by step.
    struct Steps {
        let canonicalRequest: [UInt8]
        let stringToSign: [UInt8]
        let signature: [UInt8]
    }

    private let keys = SigningKeyCache()

    /// Makes a signer with an empty cache of keys.
    package init() {}

    /// Adds the date, the token and the signature to the request's header.
    package func sign(
        _ request: inout HTTPRequest, credentials: Credentials, scope: SigningScope, time: SigningTime,
        settings: SigningSettings = SigningSettings()
    ) throws {
        _ = try signHeader(&request, credentials: credentials, scope: scope, time: time, settings: settings)
    }

    /// The request with the signature in its query, good for that many seconds (at most 604,800).
    package func presigned(
        _ request: HTTPRequest, credentials: Credentials, scope: SigningScope, time: SigningTime, seconds: Int,
        settings: SigningSettings = SigningSettings()
    ) throws -> HTTPRequest {
        var request = request
        _ = try signQuery(
            &request, credentials: credentials, scope: scope, time: time, seconds: seconds, settings: settings)
        return request
    }

    func signHeader(
        _ request: inout HTTPRequest, credentials: Credentials, scope: SigningScope, time: SigningTime,
        settings: SigningSettings
    ) throws -> Steps {
        // What the request says of its body's hash itself is what is signed.
        let payloadHash =
            try request.headers["x-amz-content-sha256"].map { Array($0.utf8) } ?? Self.payloadHash(request, settings)
        request.headers.set("x-amz-date", time.stamp)
        if settings.payloadHashHeader == .sent || settings.payload == .unsigned {
            request.headers.set("x-amz-content-sha256", String(decoding: payloadHash, as: UTF8.self))
        }
        if settings.sessionToken == .signed, let token = credentials.sessionToken {
            request.headers.set("x-amz-security-token", token)
        }
        let canonical = CanonicalRequest(
            request, query: request.query, payloadHash: payloadHash, settings: settings)
        let steps = try steps(canonical, credentials: credentials, scope: scope, time: time)
        let signature = String(decoding: steps.signature, as: UTF8.self)
        request.headers.set(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope.text(time)), "
                + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)")
        if settings.sessionToken == .addedAfterwards, let token = credentials.sessionToken {
            request.headers.set("x-amz-security-token", token)
        }
        return steps
    }

    func signQuery(
        _ request: inout HTTPRequest, credentials: Credentials, scope: SigningScope, time: SigningTime, seconds: Int,
        settings: SigningSettings
    ) throws -> Steps {
        let payloadHash = try Self.payloadHash(request, settings)
        if settings.payloadHashHeader == .sent {
            request.headers.set("x-amz-content-sha256", String(decoding: payloadHash, as: UTF8.self))
        }
        var query = FormWriter(Array(request.query.utf8))
        query.add("X-Amz-Algorithm", "AWS4-HMAC-SHA256")
        query.add("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope.text(time))")
        query.add("X-Amz-Date", time.stamp)
        query.add("X-Amz-Expires", "\(seconds)")
        query.add("X-Amz-SignedHeaders", CanonicalRequest.signedNames(request))
        if settings.sessionToken == .signed, let token = credentials.sessionToken {
            query.add("X-Amz-Security-Token", token)
        }
        let canonical = CanonicalRequest(
            request, query: String(decoding: query.bytes, as: UTF8.self), payloadHash: payloadHash, settings: settings)
        let steps = try steps(canonical, credentials: credentials, scope: scope, time: time)
        if settings.sessionToken == .addedAfterwards, let token = credentials.sessionToken {
            query.add("X-Amz-Security-Token", token)
        }
        query.add("X-Amz-Signature", String(decoding: steps.signature, as: UTF8.self))
        request.query = String(decoding: query.bytes, as: UTF8.self)
        return steps
    }

    private static func payloadHash(_ request: HTTPRequest, _ settings: SigningSettings) throws -> [UInt8] {
        switch settings.payload {
        case .hashed: Hexadecimal.text(try request.payload.digest(.sha256))
        case .unsigned: Array("UNSIGNED-PAYLOAD".utf8)
        }
    }

    private func steps(
        _ canonical: CanonicalRequest, credentials: Credentials, scope: SigningScope, time: SigningTime
    ) throws -> Steps {
        var text: [UInt8] = []
        text.reserveCapacity(192)
        text.append(contentsOf: "AWS4-HMAC-SHA256\n".utf8)
        text.append(contentsOf: time.stamp.utf8)
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: scope.text(time).utf8)
        text.append(UInt8(ascii: "\n"))
        Hexadecimal.append(try Digest.sha256(canonical.text), to: &text)
        let key = try keys.key(secret: credentials.secretAccessKey, day: time.day, scope: scope)
        let signature = Hexadecimal.text(try Digest.hmac(key: key, text))
        return Steps(canonicalRequest: canonical.text, stringToSign: text, signature: signature)
    }
}
