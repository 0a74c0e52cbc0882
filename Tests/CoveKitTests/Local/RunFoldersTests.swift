// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import Foundation
import Testing

@testable import CoveKit

/// Where local runs live, and which one a user means.
@Suite struct RunFoldersTests {
    /// A folder of runs that holds folders of these names.
    private struct Fixture {
        let place: TemporaryFolder
        let folders: RunFolders

        init(_ names: [String]) throws {
            place = try TemporaryFolder()
            for name in names {
                try FileManager.default.createDirectory(atPath: place.file(name), withIntermediateDirectories: false)
            }
            folders = try #require(RunFolders(option: place.path, environment: .sample()))
        }
    }

    @Test(
        arguments: [
            ("/runs", ["XDG_STATE_HOME": "/state", "HOME": "/home/u"], "/runs"),
            ("runs", ["XDG_STATE_HOME": "/state", "HOME": "/home/u"], "/srv/runs"),
            (nil, ["XDG_STATE_HOME": "/state", "HOME": "/home/u"], "/state/cove/runs"),
            (nil, ["XDG_STATE_HOME": "", "HOME": "/home/u"], "/home/u/.local/state/cove/runs"),
            (nil, ["XDG_STATE_HOME": "state", "HOME": "/home/u"], "/home/u/.local/state/cove/runs"),
            (nil, ["HOME": "/home/u"], "/home/u/.local/state/cove/runs"), (nil, ["HOME": ""], nil),
            (nil, ["HOME": "u"], nil),
            (nil, [:], nil),
        ] as [(String?, [String: String], String?)])
    func `the folder of runs`(option: String?, variables: [String: String], path: String?) {
        #expect(RunFolders(option: option, environment: .sample(variables))?.path == path)
    }

    @Test func `runs are the folders that are named by an id, oldest first`() throws {
        let fixture = try Fixture([
            "20261121-000000-aaaaa", "20261120-235959-zzzzz", "notes", "20261120-235959-zzzz", ".hidden",
        ])
        #expect(try fixture.folders.runs().map(\.rawValue) == ["20261120-235959-zzzzz", "20261121-000000-aaaaa"])
    }

    @Test func `no folder is no runs, and one that cannot be read is told`() throws {
        let place = try TemporaryFolder()
        let none = try #require(RunFolders(option: place.file("none"), environment: .sample()))
        #expect(try none.runs() == [])
        let file = try #require(RunFolders(option: try place.write("file", "x".utf8), environment: .sample()))
        #expect(throws: StoreError.self) { try file.runs() }
    }

    @Test func `a run is named by its id or the beginning of it`() throws {
        let names = ["20261120-235959-aaaaa", "20261120-235959-aaaab", "20261121-000000-aaaaa"]
        let fixture = try Fixture(names)
        for name in names { #expect(try fixture.folders.run(named: name).rawValue == name) }
        #expect(try fixture.folders.run(named: "20261121").rawValue == "20261121-000000-aaaaa")
        #expect(try fixture.folders.run(named: "20261120-235959-aaaab").rawValue == "20261120-235959-aaaab")
    }

    @Test(arguments: ["", "2027", "20261122-000000-aaaaa", "aaaaa", "..", "20261120-235959-aaaaab", "*"])
    func `a run that is not there is told`(name: String) throws {
        let fixture = try Fixture(["20261120-235959-aaaaa"])
        #expect(
            throws: InvalidRequest(
                "there is no run \"\(name)\" in \(fixture.place.path): `cove runs` lists those that are there")
        ) { try fixture.folders.run(named: name) }
    }

    @Test func `the beginning of several runs is told with the first five`() throws {
        let names = (1...7).map { "2026112\($0)-235959-aaaaa" }
        let fixture = try Fixture(names)
        #expect(
            throws: InvalidRequest(
                "\"2026\" is the beginning of 7 runs (\(names.prefix(5).joined(separator: ", "))): give more of the id")
        ) { try fixture.folders.run(named: "2026") }
    }

    @Test func `a run is removed with all that is in it, and no other`() throws {
        let fixture = try Fixture(["20261120-235959-aaaaa", "20261120-235959-aaaab"])
        _ = try fixture.place.write("20261120-235959-aaaaa/file", "x".utf8)
        fixture.folders.remove(try #require(RunID("20261120-235959-aaaaa")))
        #expect(try fixture.folders.runs().map(\.rawValue) == ["20261120-235959-aaaab"])
    }

    @Test func `the command for a run names the folder that was named`() throws {
        let run = try RunID.sample()
        func command(_ option: String?, isArgument: Bool) -> String? {
            RunFolders(option: option, isArgument: isArgument, environment: .sample(["HOME": "/h"]))?.command(
                "resume", run)
        }
        #expect(command(nil, isArgument: false) == "cove resume \(run)")
        #expect(command("/runs", isArgument: false) == "cove resume \(run)")
        #expect(command("/my/runs-1", isArgument: true) == "cove resume \(run) --store /my/runs-1")
        #expect(command("r", isArgument: true) == "cove resume \(run) --store /srv/r")
        #expect(command("/a b", isArgument: true) == "cove resume \(run) --store '/a b'")
        #expect(command("/it's $HOME", isArgument: true) == "cove resume \(run) --store '/it'\\''s $HOME'")
    }

    @Test func `a folder without a store, or with another run's, is not opened as a run`() async throws {
        let fixture = try Fixture(["20261120-235959-aaaab"])
        await #expect(throws: StoreError.self) {
            _ = try await fixture.folders.open(try #require(RunID("20261120-235959-aaaab")))
        }
        let id = try RunID.sample()
        let other = try await SQLiteTaskStore.open(
            folder: fixture.folders.store(of: id), mode: .create, writtenBy: "0.1.0", now: .start)
        try await other.close()
        let error = await #expect(throws: StoreError.self) { _ = try await fixture.folders.open(id) }
        #expect(
            error?.message
                == "the process that was to make run \(id) died before it had: there is nothing to go on with")
    }
}
