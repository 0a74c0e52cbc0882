// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

/// Settings from arguments and variables.
@Suite struct SettingReaderTests {
    private enum Word: String, CaseIterable { case one, two }

    private static func reader(_ variables: [String: String] = [:]) -> SettingReader {
        SettingReader(variables: variables)
    }

    @Test func `an option has a variable`() {
        #expect(SettingReader.variable(of: "role-name") == "COVE_ROLE_NAME")
        #expect(SettingReader.variable(of: "targets") == "COVE_TARGETS")
        #expect(SettingReader.variable(of: "include-calling-account") == "COVE_INCLUDE_CALLING_ACCOUNT")
    }

    @Test func `an argument beats its variable, and an empty variable is no setting`() {
        let reader = Self.reader([
            "COVE_ROLE_NAME": "variable", "COVE_PROFILE": "", "ROLE_NAME": "x", "cove_store": "x",
        ])
        #expect(reader.text("argument", "role-name") == "argument")
        #expect(reader.text(nil, "role-name") == "variable")
        #expect(reader.text("", "role-name") == "")
        #expect(reader.text(nil, "profile") == nil)
        #expect(reader.text(nil, "store") == nil)
    }

    @Test(
        arguments: [
            (["a"], ["a"]), (["a,b", "c"], ["a", "b", "c"]), ([" a , b "], ["a", "b"]),
            (["a\nb\r\nc"], ["a", "b", "c"]),
            ([",a,,b,\n"], ["a", "b"]), ([""], []), ([" , \n"], []), (["a b"], ["a b"]), (["é,ü"], ["é", "ü"]),
            (["\ta\u{A0},b"], ["a", "b"]),
        ] as [([String], [String])])
    func `a list is separated by commas and line ends`(given: [String], elements: [String]) {
        #expect(Self.reader(["COVE_TARGETS": "x"]).list(given, "targets") == elements)
        let variable = given.joined(separator: ",")
        #expect(Self.reader(["COVE_TARGETS": variable]).list([], "targets") == elements)
    }

    @Test func `a list that was not given is none, and one that was given empty is empty`() {
        #expect(Self.reader().list([], "targets") == nil)
        #expect(Self.reader(["COVE_TARGETS": ""]).list([], "targets") == [])
    }

    @Test func `a flag is an argument or a word of a variable`() {
        for word in ["1", "true", "TRUE", "yes", "Yes", "on"] {
            var reader = Self.reader(["COVE_QUIET": word])
            #expect(reader.flag(nil, "quiet") == true)
            #expect(reader.flag(false, "quiet") == false)
            #expect(reader.problems == [])
        }
        for word in ["0", "false", "no", "off", "OFF", ""] {
            var reader = Self.reader(["COVE_QUIET": word])
            #expect(reader.flag(nil, "quiet") == false)
            #expect(reader.flag(true, "quiet") == true)
            #expect(reader.problems == [])
        }
        var reader = Self.reader(["COVE_QUIET": "maybe"])
        #expect(reader.flag(nil, "quiet") == false)
        #expect(reader.problems == ["COVE_QUIET is \"maybe\": expected true or false"])
    }

    @Test func `a number within its range`() {
        var reader = Self.reader(["COVE_SLOTS": "7"])
        #expect(reader.integer("1", "slots", in: 1...10) == 1)
        #expect(reader.integer("10", "slots", in: 1...10) == 10)
        #expect(reader.integer(nil, "slots", in: 1...10) == 7)
        #expect(reader.integer(nil, "other", in: 1...10) == nil)
        #expect(reader.problems == [])
    }

    @Test(arguments: ["0", "11", "-1", "x", "", "1.5", "1e1", " 1", "١", "9223372036854775808"])
    func `another number is a problem that names where it stands`(text: String) {
        var reader = Self.reader(["COVE_SLOTS": text])
        #expect(reader.integer(text, "slots", in: 1...10) == nil)
        #expect(reader.problems == ["--slots is \"\(text)\": expected a whole number from 1 to 10"])
        #expect(reader.integer(nil, "slots", in: 1...10) == nil)
        if !text.isEmpty { #expect(reader.problems.last?.hasPrefix("COVE_SLOTS is \"\(text)\"") == true) }
    }

    @Test(arguments: [
        ("90", 90), ("90s", 90), ("5m", 300), ("2h", 7_200), ("1", 1), ("604800", 604_800), ("168h", 604_800),
    ])
    func `a time span in seconds, minutes or hours`(text: String, seconds: Int) {
        var reader = Self.reader(["COVE_TASK_TIMEOUT": text])
        #expect(reader.seconds(text, "task-timeout", in: 1...604_800) == seconds)
        #expect(reader.seconds(nil, "task-timeout", in: 1...604_800) == seconds)
        #expect(reader.problems == [])
    }

    @Test(arguments: [
        "0", "0h", "-1", "-1h", "604801", "169h", "10081m", "s", "h", "", "5 m", "5M", "1d", "1.5h", "5mm", "m5",
        "1h30m",
        "9223372036854775807h", "-9223372036854775808h", "-9223372036854775807m", "99999999999999999999",
    ])
    func `another time span is a problem`(text: String) {
        var reader = Self.reader()
        #expect(reader.seconds(text, "task-timeout", in: 1...604_800) == nil)
        #expect(
            reader.problems == [
                "--task-timeout is \"\(text)\": expected seconds from 1 to 604800, such as 90, 90s, 5m or 2h"
            ])
    }

    @Test func `one of a few words`() {
        var reader = Self.reader(["COVE_WORD": "two", "COVE_WRONG": "three"])
        #expect(reader.choice("one", "word", default: Word.two) == .one)
        #expect(reader.choice(nil, "word", default: Word.one) == .two)
        #expect(reader.choice(nil, "other", default: Word.one) == .one)
        #expect(reader.problems == [])
        #expect(reader.choice(nil, "wrong", default: Word.one) == .one)
        #expect(reader.choice("One", "word", default: Word.two) == .two)
        #expect(
            reader.problems == [
                "COVE_WRONG is \"three\": expected one of one, two", "--word is \"One\": expected one of one, two",
            ])
    }

    @Test func `what a function's attribute says holds below variables, and is named when it is wrong`() {
        let defaults = SettingReader.Defaults(
            place: "@Cove of f",
            values: ["slots": "9999", "policy": "", "regions": "a,b", "quiet": "x", "word": "six", "duration": "7"])
        var reader = SettingReader(variables: ["COVE_WORD": "seven", "COVE_DURATION": ""], defaults: defaults)
        #expect(reader.text(nil, "policy") == "" && reader.text(nil, "profile") == nil)
        #expect(reader.list([], "regions") == ["a", "b"] && reader.list(["c"], "regions") == ["c"])
        #expect(reader.integer(nil, "slots", in: 1...10) == nil)
        #expect(reader.integer("7", "slots", in: 1...10) == 7)
        _ = reader.integer("11", "slots", in: 1...10)
        _ = reader.flag(nil, "quiet")
        _ = reader.choice(nil, "word", default: Word.one)
        #expect(reader.seconds(nil, "duration", in: 1...10) == 7)
        #expect(
            reader.problems == [
                "slots in @Cove of f is \"9999\": expected a whole number from 1 to 10",
                "--slots is \"11\": expected a whole number from 1 to 10",
                "quiet in @Cove of f is \"x\": expected true or false",
                "COVE_WORD is \"seven\": expected one of one, two",
            ])
    }

    @Test func `what is wrong is told all at once`() throws {
        var reader = Self.reader()
        try reader.check()
        reader.add(problem: "first")
        _ = reader.integer("x", "slots", in: 1...2)
        #expect(throws: InvalidRequest(["first", "--slots is \"x\": expected a whole number from 1 to 2"])) {
            try reader.check()
        }
    }
}
