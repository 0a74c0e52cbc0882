// SPDX-License-Identifier: Apache-2.0

import CoveWire
import Testing

@Suite struct WirePlaceTests {
    @Test(arguments: [
        ("127.0.0.1:2683", WirePlace.tcp(host: "127.0.0.1", port: 2_683)),
        ("coordinator.example.com", .tcp(host: "coordinator.example.com", port: 2_683)),
        ("coordinator:80", .tcp(host: "coordinator", port: 80)), ("host:0", .tcp(host: "host", port: 0)),
        ("[::1]:2683", .tcp(host: "::1", port: 2_683)), ("[::1]", .tcp(host: "::1", port: 2_683)),
        ("::1", .tcp(host: "::1", port: 2_683)), ("[fe80::1%eth0]:9", .tcp(host: "fe80::1%eth0", port: 9)),
        ("/run/cove/socket", .unix(path: "/run/cove/socket")), ("./socket", .unix(path: "./socket")),
    ])
    func `a place is read as it is written`(text: String, place: WirePlace) throws {
        #expect(try WirePlace(text) == place)
        #expect(try WirePlace("\(place)") == place)
    }

    @Test(arguments: [
        "", ":2683", "host:", "host:65536", "host:-1", "host:+1", "host: 1", "host:١", "a b", "a:b:c", "[host]:1",
        "[::1",
        "[::1]2683", "ho[st:1", "\u{7f}", "höst:1",
    ])
    func `what is no place is refused, and said as it was found`(text: String) {
        let error = #expect(throws: LinkError.self) { try WirePlace(text) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(text.debugDescription) == true)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.9.1:5", true), ("[::1]:2683", true), ("localhost", true), ("LocalHost:1", true),
        ("/tmp/socket", true), ("0.0.0.0", false), ("[::]:2683", false), ("10.0.0.1", false), ("example.com", false),
        ("127.example.com", false), ("localhost.example.com", false), ("[::ffff:10.0.0.1]:1", false),
        ("128.0.0.1", false),
    ])
    func `only what this machine alone can reach is loopback`(text: String, isLoopback: Bool) throws {
        #expect(try WirePlace(text).isLoopback == isLoopback)
    }
}
