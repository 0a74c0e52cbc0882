// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

extension MutationTests {
    /// The readers of what people and models write: configuration files, expressions, endpoint rules, models.
    @Suite struct LanguageMutationTests {
        @Test func `damaged configuration files are read or refused`() async {
            let corpus = [
                """
                [default]
                region = eu-west-1
                aws_access_key_id: AKIA
                s3 =
                  max_concurrent_requests = 20
                  addressing_style = path

                # a comment
                [profile "b c"]
                role_arn = arn:aws:iam::1:role/x
                services = local
                [services local]
                sts =
                  endpoint_url = http://127.0.0.1:1/
                [DEFAULT]
                output = json
                """,
                "[default]\r\naws_secret_access_key = a=b;c\r\n   more\r\n\r\nempty =\r\n[sso-session s]\r\nsso_region=x\r\n",
            ]
            let words = [
                "[", "]", "=", ":", "\n", "\r\n", "\n  ", "#", ";", "\"", "'", "\\", "\0", "\u{FEFF}", "\u{85}",
                "\u{2028}",
                "é",
                "[DEFAULT]\n", "\n[default]\n", " = ", "\t",
            ]
            // Every section has the options of [DEFAULT] as well.
            await Mutations("configuration files", seed: 21, corpus, words: words).run(factor: 8) { bytes in
                let files = ConfigurationFiles(read: { $0.hasSuffix("config") ? bytes : nil }, home: { _ in "/home/x" })
                let resolved = try AWSConfiguration.resolve(environment: [:], files: files)
                return resolved.shared.configProfiles.reduce(0) { $0 + $1.key.utf8.count + Self.weight($1.value) }
            }
        }

        private static func weight(_ profile: Profile) -> Int {
            profile.settings.reduce(1) { sum, setting in
                let value =
                    switch setting.value {
                    case .text(let text): text.utf8.count
                    case .block(let block): block.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
                    }
                return sum + setting.key.utf8.count + value
            }
        }

        @Test func `options that would stand in very many sections are refused`() throws {
            let defaults = "[DEFAULT]\n" + (0..<2_000).map { "o\($0)=1\n" }.joined()
            let sections = (0..<2_000).map { "[profile p\($0)]\n" }.joined()
            let error = #expect(throws: INIError.self) { try INIFile(parsing: defaults + sections) }
            #expect(error?.problems.first?.contains("[DEFAULT]") == true)
            #expect(try INIFile(parsing: "[DEFAULT]\na=1\n" + sections).sections.count == 2_000)
        }

        private static let searched: AWSValue = [
            "Users": [
                ["Name": "a", "Age": 3, "Tags": [["Key": "k", "Value": "v"]]], ["Name": "b", "Age": -1.5], [:], nil,
            ],
            "foo": ["bar": ["baz": [0, 1, 2, 3]]], "empty": [], "text": "é😀", "truth": true,
        ]

        @Test func `damaged expressions are refused, or find what can be written`() async {
            let corpus = [
                "Users[?Age > `0` && contains(Name, 'a')].{Name: Name, Tags: Tags[*].Key | [0]}",
                "foo.bar.baz[::-1] || empty",
                "sort_by(Users[?Name], &Name)[].Name | join(', ', @)",
                "{a: length(text), b: to_string(foo.*), \"c d\": !truth}",
                "max_by(Users[?Age], &Age).Age == `3`", "reverse(foo.bar.baz[1:3]) | map(&to_number(to_string(@)), @)",
            ]
            let words = [
                "[", "]", "[]", "[?", "[*]", ".", "*", "|", "||", "&&", "&", "!", "(", ")", "{", "}", ",", ":", "'",
                "`",
                "\"", "\\", "@", "==",
                "<=", "-9223372036854775808", "9223372036854775808", "[::0]", "[-1]", "`[`", "`1e999`", "sum(@)",
                "not_null(", "é", " ", "\0",
            ]
            await Mutations("JMESPath", seed: 22, corpus, words: words).run(factor: 100) { bytes in
                let found = try JMESPath(String(decoding: bytes, as: UTF8.self)).search(Self.searched)
                #expect(found.isWritable)
                return found.weight
            }
        }

        @Test func `expressions that nest or chain without end are refused, those within the limit are not`() throws {
            let count = 10_000
            for (before, middle, after) in [
                ("(", "a", ")"), ("[", "a", "]"), ("{a:", "a", "}"), ("!", "a", ""), ("a[?", "a", "]"),
                ("abs(", "a", ")"),
                ("&", "a", ""),
                ("a.", "a", ""), ("a|", "a", ""), ("a||", "a", ""), ("a&&", "a", ""), ("a==", "a", ""),
                ("", "a", "[0]"),
                ("", "a", "[*]"),
                ("", "a", "[]"), ("", "a", "[?a]"), ("*.", "a", ""), ("", "a", ".*"), ("", "a", "[:]"),
            ] {
                let text = String(repeating: before, count: count) + middle + String(repeating: after, count: count)
                let error = #expect(throws: JMESPathError.self, "\(before)\(middle)\(after)") { try JMESPath(text) }
                #expect(error?.code == .syntax, "\(before)\(middle)\(after)")
                let few = String(repeating: before, count: 100) + middle + String(repeating: after, count: 100)
                // Some are right to refuse what they find; none may crash.
                do throws(JMESPathError) { _ = try JMESPath(few).search(Self.searched) } catch {
                    #expect(error.code != .unknownFunction)
                }
            }
        }

        private static let rules = """
            {"version":"1.0","parameters":{"Region":{"builtIn":"AWS::Region","required":false,"type":"String"},\
            "UseFIPS":{"builtIn":"AWS::UseFIPS","required":true,"default":false,"type":"Boolean"},\
            "Endpoint":{"builtIn":"SDK::Endpoint","required":false,"type":"String"},"Bucket":{"type":"String"},"List":{"type":"stringArray"}},\
            "rules":[{"conditions":[{"fn":"isSet","argv":[{"ref":"Endpoint"}]},{"fn":"parseURL","argv":[{"ref":"Endpoint"}],"assign":"url"}],\
            "rules":[{"conditions":[{"fn":"booleanEquals","argv":[{"ref":"UseFIPS"},true]}],"error":"no FIPS here","type":"error"},\
            {"conditions":[],"endpoint":{"url":"{url#scheme}://{url#authority}{url#path}","properties":{},"headers":{}},"type":"endpoint"}],"type":"tree"},\
            {"conditions":[{"fn":"aws.partition","argv":[{"ref":"Region"}],"assign":"P"},{"fn":"not","argv":[{"fn":"stringEquals","argv":[\
            {"fn":"getAttr","argv":[{"ref":"P"},"name"]},"aws-iso"]}]},{"fn":"substring","argv":[{"ref":"Bucket"},0,3,false],"assign":"s"}],\
            "endpoint":{"url":"https://{s}.{Region}.{P#dnsSuffix}/{{x}}","properties":{"authSchemes":[{"name":"sigv4","signingRegion":"{Region}",\
            "disableDoubleEncoding":true}]},"headers":{"x-a":["{Region}",{"fn":"getAttr","argv":[{"ref":"List"},"[0]"]}]}},"type":"endpoint"},\
            {"conditions":[{"fn":"isValidHostLabel","argv":[{"ref":"Bucket"},true]},{"fn":"aws.isVirtualHostableS3Bucket","argv":[{"ref":"Bucket"},false]},\
            {"fn":"aws.parseArn","argv":[{"fn":"uriEncode","argv":[{"ref":"Bucket"}]}],"assign":"arn"}],"error":"arn {arn#service}","type":"error"}]}
            """

        @Test func `damaged endpoint rules are read or refused, and resolve to something or nothing`() async {
            let words =
                DocumentMutationTests.jsonWords + [
                    "{\"ref\":\"P\"}", "{url#path}", "{", "}}", "#", "\"fn\":\"getAttr\"", "[9223372036854775807]",
                    "[-1]",
                    "\"tree\"",
                    "\"error\"", "-1", "true",
                ]
            let parameters: [[String: AWSValue]] = [
                ["Region": "eu-west-1", "Bucket": "my-bucket", "List": ["a"]],
                ["Endpoint": "https://[::1]:1/a", "UseFIPS": true],
                ["Bucket": "arn:aws:s3:::b", "Region": ""],
            ]
            await Mutations("endpoint rules", seed: 23, [Self.rules], words: words).run(factor: 100) { bytes in
                let rules = try EndpointRuleset(bytes)
                var made = 0
                for given in parameters {
                    guard let endpoint = try? rules.resolve(given) else { continue }
                    made += endpoint.url.utf8.count + endpoint.properties.weight
                }
                return made
            }
        }

        @Test func `a damaged model is read or refused`() async {
            let words =
                DocumentMutationTests.jsonWords + [
                    "\"shape\":\"Out\"", "\"Items\"", "{\"shape\":\"Item\"}", "\"type\":\"structure\"", "\"list\"",
                    "\"members\":{}", "\"/{a}\"",
                ]
            var input = AWSMembers()
            input["Key"] = "a/b"
            await Mutations("models", seed: 24, WireModel.all.map(\.text), words: words).run(factor: 16) { bytes in
                let model = try ServiceModel(name: "wire", bytes)
                var made = 0
                for name in model.operationNames {
                    guard let operation = try model.operation(name) else { continue }
                    made += operation.name.utf8.count + operation.errors.count
                    _ = try? RequestParts.make(
                        operation, model.metadata, input, requestURI: operation.requestURI,
                        hostPrefix: operation.hostPrefix
                    )
                }
                return made
            }
        }
    }
}
