// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

/// Where the public test vectors are: the folder that COVE_VECTORS names. Without it the suite below is skipped.
private let suite = ProcessInfo.processInfo.environment["COVE_VECTORS"].map { "\($0)/sigv4/v4" }

/// Every case of AWS's SigV4 suite, each step asserted: canonical request, string to sign, signature, signed request.
@Suite(.enabled(if: suite != nil, "COVE_VECTORS names no folder of vectors, so the SigV4 suite is skipped"))
struct SigningSuiteTests {
    @Test func `every case of the SigV4 suite is signed step by step as it says`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: try #require(suite)).sorted()
        var count = (header: 0, query: 0)
        for name in names {
            let files = SuiteCase(folder: try #require(suite) + "/" + name)
            if try Self.checkHeader(name, files) { count.header += 1 }
            if try Self.checkQuery(name, files) { count.query += 1 }
        }
        SuiteCount.tell("sigv4/header", run: count.header, skipped: names.count - count.header)
        SuiteCount.tell("sigv4/query", run: count.query, skipped: names.count - count.query)
    }

    private static func checkHeader(_ name: String, _ files: SuiteCase) throws -> Bool {
        guard let canonical = files.text("header-canonical-request.txt") else { return false }
        let context = try files.context(signed: files.text("header-signed-request.txt") ?? "", canonical: canonical)
        var request = try SuiteCase.request(try #require(files.text("request.txt")))
        let steps = try RequestSigner().signHeader(
            &request, credentials: context.credentials, scope: context.scope, time: context.time,
            settings: context.settings(name))
        #expect(steps.canonicalRequest.text == canonical, "\(name): canonical request")
        if let expected = files.text("header-string-to-sign.txt") {
            #expect(steps.stringToSign.text == expected, "\(name): string to sign")
        }
        guard let signature = files.text("header-signature.txt") else {
            // The two cases about double encoding give no secret, and so no signature that can be checked.
            #expect(name.hasPrefix("double-"), "\(name) has no signature")
            return true
        }
        #expect(steps.signature.text == signature, "\(name): signature")
        let expected = try SuiteCase.request(try #require(files.text("header-signed-request.txt")))
        // The suite writes the Host line into the request; here the transport does.
        #expect(request.headers["authorization"] == expected.headers["authorization"], "\(name): authorization")
        #expect(request.headers.sorted == expected.headers.sorted, "\(name): signed request")
        #expect(request.body == expected.body, "\(name): body")
        return true
    }

    private static func checkQuery(_ name: String, _ files: SuiteCase) throws -> Bool {
        guard let canonical = files.text("query-canonical-request.txt") else { return false }
        let context = try files.context(signed: "", canonical: "")
        var request = try SuiteCase.request(try #require(files.text("request.txt")))
        var settings = context.settings(name)
        settings.payloadHashHeader = .omitted
        let steps = try RequestSigner().signQuery(
            &request, credentials: context.credentials, scope: context.scope, time: context.time,
            seconds: try #require(context.seconds), settings: settings)
        #expect(steps.canonicalRequest.text == canonical, "\(name): canonical request of the query")
        #expect(
            steps.stringToSign.text == files.text("query-string-to-sign.txt"), "\(name): string to sign of the query")
        #expect(steps.signature.text == files.text("query-signature.txt"), "\(name): signature of the query")
        let expected = try SuiteCase.request(try #require(files.text("query-signed-request.txt")))
        #expect(request.parameters == expected.parameters, "\(name): signed query")
        #expect(request.headers.sorted == expected.headers.sorted, "\(name): header of the query")
        return true
    }
}

/// A folder of the suite.
private struct SuiteCase {
    let folder: String

    /// What a case is signed with.
    struct Context {
        let credentials: Credentials
        let scope: SigningScope
        let time: SigningTime
        let seconds: Int?
        let normalizes: Bool
        let signsBody: Bool

        func settings(_ name: String) -> SigningSettings {
            var settings = SigningSettings()
            settings.pathNormalization = normalizes ? .resolved : .asIs
            // The suite's paths are encoded once, but for the cases that are about encoding twice.
            settings.pathEncoding = name.hasPrefix("double-") ? .again : .asOnTheWire
            settings.payloadHashHeader = signsBody ? .sent : .omitted
            return settings
        }
    }

    func text(_ file: String) -> String? {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(file)") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return file.hasSuffix("request.txt") && !file.hasSuffix("canonical-request.txt")
            ? text : text.trimmingCharacters(in: .newlines)
    }

    func context(signed: String, canonical: String) throws -> Context {
        guard let json = text("context.json") else {
            // Without a context: the date is the canonical request's, the scope the signed request's.
            let stamp = canonical.split(separator: "\n").first { $0.hasPrefix("x-amz-date:") }?.dropFirst(11)
            let credential = signed.split(separator: "Credential=").last?.prefix { $0 != "," } ?? ""
            let scope = credential.split(separator: "/").map(String.init)
            return Context(
                credentials: Credentials(accessKeyID: scope[0], secretAccessKey: "unknown"),
                scope: SigningScope(region: scope[2], service: scope[3]),
                time: SigningTime(secondsSinceEpoch: try Self.seconds(String(try #require(stamp)))), seconds: nil,
                normalizes: true, signsBody: false)
        }
        let value = try JSONReader.read(Array(json.utf8))
        let keys = try #require(value["credentials"])
        let timestamp = try #require(value["timestamp"]?.string)
        guard case .number(let seconds)? = value["expiration_in_seconds"] else {
            throw CodecError("no expiration", at: 0)
        }
        return Context(
            credentials: Credentials(
                accessKeyID: try #require(keys["access_key_id"]?.string),
                secretAccessKey: try #require(keys["secret_access_key"]?.string), sessionToken: keys["token"]?.string),
            scope: SigningScope(
                region: try #require(value["region"]?.string), service: try #require(value["service"]?.string)),
            time: SigningTime(secondsSinceEpoch: Int64(try #require(Timestamp.seconds(timestamp)))),
            seconds: Int(seconds), normalizes: value["normalize"] == .bool(true),
            signsBody: value["sign_body"] == .bool(true))
    }

    /// The seconds of `20210511T154045Z`.
    private static func seconds(_ stamp: String) throws -> Int64 {
        let digits = stamp.filter(\.isNumber).map(String.init)
        let parts = [0..<4, 4..<6, 6..<8, 8..<10, 10..<12, 12..<14].map { digits[$0].joined() }
        let text = "\(parts[0])-\(parts[1])-\(parts[2])T\(parts[3]):\(parts[4]):\(parts[5])Z"
        return Int64(try #require(Timestamp.seconds(text)))
    }

    /// A request as the suite writes one: request line, fields, an empty line and the body.
    static func request(_ text: String) throws -> HTTPRequest {
        let halves = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = halves[0].split(separator: "\n")
        let line = lines[0].replacing(" HTTP/1.1", with: "")
        let method = try #require(HTTPRequest.Method(rawValue: String(line.prefix { $0 != " " })))
        let target = line.drop { $0 != " " }.dropFirst().split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var headers = HeaderFields()
        var host = "example.amazonaws.com"
        for line in lines.dropFirst() {
            let field = line.split(separator: ":", maxSplits: 1).map(String.init)
            // The blanks around a value stay: taking them away is the signer's part.
            let value = field.count > 1 ? field[1] : ""
            if field[0].lowercased() == "host" { host = value } else { headers.add(field[0], value) }
        }
        return HTTPRequest(
            method, to: try HTTPOrigin("https://\(host)"), path: String(target[0]),
            query: target.count > 1 ? String(target[1]) : "", headers: headers,
            body: halves.count > 1 ? Array(halves[1].utf8) : [])
    }
}

extension [UInt8] {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}

extension HeaderFields {
    /// The fields by name, in their order where a name occurs again.
    fileprivate var sorted: [String: [String]] {
        Dictionary(grouping: fields, by: \.name).mapValues { $0.map(\.value) }
    }
}

extension HTTPRequest {
    /// The parameters in a fixed order: the suite adds the signature's in another.
    fileprivate var parameters: [String] { query.split(separator: "&").map(String.init).sorted() }
}
