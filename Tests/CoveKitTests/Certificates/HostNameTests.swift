// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveKit

@Suite struct HostNameTests {
    @Test(arguments: [
        "localhost", "cove", "cove.example.org", "*.example.org", "cove_coordinator", "a-1.b", "xn--bcher-kva.ch",
    ])
    func `a DNS name`(text: String) { #expect(HostName(text) == .name(text)) }

    @Test func `names are kept in lower case`() { #expect(HostName("Cove.Example.ORG") == .name("cove.example.org")) }

    @Test func `an address`() {
        #expect(HostName("10.0.0.7") == .address([10, 0, 0, 7]))
        #expect(HostName("::1") == .address([UInt8](repeating: 0, count: 15) + [1]))
    }

    @Test(arguments: [
        "", ".", "a..b", "-a", "a-", "host:2683", "10.0.0", "10.0.0.256", "1.2.3.4.5", "a b", "[::1]", "*", "*.org",
        "a.*.b",
        "käse.ch", "https://cove", String(repeating: "a", count: 64),
    ]) func `what is neither`(text: String) { #expect(HostName(text) == nil) }
}
