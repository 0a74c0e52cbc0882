// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveCore

/// Arguments in which words stand for the account, the region and the name.
@Suite struct ArgumentTemplateTests {
    private static func values(_ name: String? = "Zürich \"& <ende>\" $(id)\n`x`") -> (ArgumentTemplate.Word) -> String?
    {
        { word in
            switch word {
            case .account: "012345678901"
            case .region: "eu-west-1"
            case .name: name
            }
        }
    }

    @Test(arguments: [
        ("", ""), ("{account}", "012345678901"), ("--region={region}", "--region=eu-west-1"),
        ("arn:aws:iam::{account}:role/{region}", "arn:aws:iam::012345678901:role/eu-west-1"),
        ("{region}{region}", "eu-west-1eu-west-1"),
        // Only these words, and only so.
        ("{}", "{}"), ("{Account}", "{Account}"), ("{ account }", "{ account }"), ("{accounts}", "{accounts}"),
        (#"{"account": {"region": {}}}"#, #"{"account": {"region": {}}}"#),
        ("Users[].{name: UserName}", "Users[].{name: UserName}"),
        ("{account", "{account"), ("account}", "account}"), ("{{.metadata.name}}", "{{.metadata.name}}"),
        // A shell's own variable.
        ("echo ${region} $region {region}", "echo ${region} $region eu-west-1"),
        // Two braces stand for one.
        ("{{account}}", "{account}"), ("{{{account}}}", "{{account}}"), ("{{account}", "{012345678901"),
        ("{{name}}{account}", "{name}012345678901"), ("ü{account}ß", "ü012345678901ß"),
    ])
    func `the words are replaced, and nothing else is`(argument: String, expected: String) throws {
        #expect(try ArgumentTemplate(argument).filled(Self.values()) == expected)
    }

    @Test func `a name is put in as it is, and never looked through`() throws {
        let name = "{account} {{region}} ' \" $(reboot) \u{1b}[2J\n-"
        #expect(try ArgumentTemplate("<{name}>").filled(Self.values(name)) == "<\(name)>")
    }

    @Test func `a value that is missing is told, and never left out`() {
        for missing in ["", nil] as [String?] {
            for (word, text) in [
                ("account", "is not known"), ("region", "--regions"), ("name", "organizations:ListAccounts"),
            ] {
                let problem = #expect(throws: ArgumentTemplate.Problem.self) {
                    try ArgumentTemplate("--x={\(word)}").filled { _ in missing }
                }
                #expect(problem?.reason.contains(text) == true)
                #expect(problem?.reason.hasPrefix("has {\(word)}") == true)
            }
        }
    }

    @Test func `a name does not become an option`() throws {
        let problem = #expect(throws: ArgumentTemplate.Problem.self) {
            try ArgumentTemplate("{name}").filled(Self.values("--delete-all"))
        }
        #expect(problem?.reason.hasPrefix("would begin with \"-\"") == true)
        #expect(try ArgumentTemplate("--name={name}").filled(Self.values("--delete-all")) == "--name=--delete-all")
        #expect(try ArgumentTemplate("{name}").filled(Self.values("de-lete")) == "de-lete")
    }

    @Test(arguments: [
        (["sh", "-c", "echo {name}"], [2]), (["/bin/bash", "-ec", "{name}", "x"], [2]),
        (["env", "A=b", "bash", "-o", "pipefail", "-c", "x {name}"], [6]), (["dash", "+x", "-c", "{name}"], [3]),
        (["sudo", "sh", "-c", "sh -c {name}"], [3]), (["fish", "--command", "{name}"], [2]),
        // Arguments of the shell's program are data.
        (["sh", "-c", "echo \"$1\"", "sh", "{name}"], []), (["sh", "script.sh", "-c", "{name}"], []),
        (["sh", "-c", "echo {account} {region} ${name} {{name}}"], []), (["sh", "-c"], []), (["sh"], []),
        (["mysh", "-c", "{name}"], []), (["printf", "-c", "{name}"], []), ([], []),
    ])
    func `a name in a program for a shell is found`(words: [String], numbers: [Int]) {
        #expect(ArgumentTemplate.commandsWithNames(words) == numbers)
    }

    @Test func `a program without templates has its arguments as they are`() throws {
        var program = ProgramSpecification(program: "echo", arguments: ["{account}", "{name}"])
        #expect(try program.arguments(Self.values()) == ["{account}", "{name}"])
        program.settings = ProgramSettings(fillsTemplates: true)
        #expect(try program.arguments(Self.values("n")) == ["012345678901", "n"])
        let problem = #expect(throws: ArgumentTemplate.Problem.self) { try program.arguments(Self.values(nil)) }
        #expect(problem?.reason.hasPrefix("its argument 2 has {name}") == true)
    }
}
