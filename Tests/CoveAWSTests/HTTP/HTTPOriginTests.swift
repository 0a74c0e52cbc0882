// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

struct HTTPOriginTests {
    @Test(arguments: [
        ("https://sts.amazonaws.com", "sts.amazonaws.com", "https://sts.amazonaws.com", ""),
        ("https://sts.amazonaws.com:443/", "sts.amazonaws.com", "https://sts.amazonaws.com", ""),
        ("http://localhost:80", "localhost", "http://localhost", ""),
        ("http://LocalHost:4566/pre/fix/", "localhost:4566", "http://localhost:4566", "/pre/fix"),
        ("https://[::1]:8443", "[::1]:8443", "https://[::1]:8443", ""),
        ("HTTP://127.0.0.1", "127.0.0.1", "http://127.0.0.1", ""),
    ])
    func `a URL is read into the parts that requests need`(
        _ url: String, _ host: String, _ text: String, _ path: String
    ) throws {
        let origin = try HTTPOrigin(url)
        #expect(origin.host == host)
        #expect(origin.text == text)
        #expect(origin.basePath == path)
        #expect(HTTPRequest(.get, to: origin).url == text + path + "/")
    }

    @Test(arguments: [
        "", "sts.amazonaws.com", "ftp://host", "https://", "https:///path", "http://host:port", "http://host:0",
        "http://host:65536", "http://user:word@host", "http://host/?query", "http://host#part", "http://ho st",
        "http://host\r\nx: y", "http://[::1", "http://[::1]x", "http://h\u{f6}st",
    ])
    func `anything else is refused with the URL in the message`(_ url: String) {
        let error = #expect(throws: AWSError.self) { try HTTPOrigin(url) }
        #expect(error?.phase == .invalidInput)
        #expect(error?.code == "InvalidEndpoint")
        #expect(error?.message.contains(url) == true || url.isEmpty)
    }
}
