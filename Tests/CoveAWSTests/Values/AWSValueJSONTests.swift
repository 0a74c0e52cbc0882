// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

/// Values as the AWS CLI writes them.
@Suite struct AWSValueJSONTests {
    @Test(
        arguments: [
            (.null, "null"), (true, "true"), (-7, "-7"), (1.0, "1.0"), (1e16, "1e+16"), (0.00001, "1e-05"),
            (.double(.nan), #""NaN""#), (.double(-.infinity), #""-Infinity""#),
            (.timestamp(1_795_219_800), #""2026-11-21T00:10:00+00:00""#),
            (.timestamp(0.25), #""1970-01-01T00:00:00.250000+00:00""#), (.blob([0, 1, 254]), #""AAH+""#),
            ("a\"\\/\n\u{1}\u{7F}é😀", "\"a\\\"\\\\/\\n\\u0001\u{7F}é😀\""), ([1, [], [:]], "[1,[],{}]"),
            (["b": 1, "a": ["x": nil]], #"{"b":1,"a":{"x":null}}"#),
        ] as [(AWSValue, String)])
    func `a value is written as the AWS CLI writes it`(value: AWSValue, text: String) {
        #expect(String(decoding: value.json, as: UTF8.self) == text)
    }

    @Test func `in Python's own style all but ASCII is escaped and spaces stand after marks`() {
        let value: AWSValue = ["é😀\u{7F}": [1, 2]]
        #expect(value.jsonText(style: [.ascii, .spaced]) == #"{"\u00e9\ud83d\ude00\u007f": [1, 2]}"#)
    }

    // MARK: Inputs

    private func operation() throws -> OperationModel {
        let document: AWSValue = [
            "metadata": ["protocol": "json"], "operations": ["Put": ["name": "Put", "input": ["shape": "In"]]],
            "shapes": [
                "In": [
                    "type": "structure",
                    "members": [
                        "Data": ["shape": "Blob"], "Name": ["shape": "Text"], "Inner": ["shape": "In"],
                        "All": ["shape": "Blobs"], "Map": ["shape": "Map"],
                    ],
                ],
                "Blob": ["type": "blob"], "Text": ["type": "string"],
                "Blobs": ["type": "list", "member": ["shape": "Blob"]],
                "Map": ["type": "map", "key": ["shape": "Text"], "value": ["shape": "Blob"]],
            ],
        ]
        return try #require(try ServiceModel(name: "service", document.json).operation("Put"))
    }

    @Test func `bytes in an input are base64, wherever they stand`() throws {
        let text =
            #"{"Data":"AAH+","Name":"AAH+","Inner":{"Data":""},"All":["/w==",null],"Map":{"k":"/w=="},"Other":"AAH+"}"#
        let input = try AWSMembers(json: Array(text.utf8), for: try operation())
        let expected: AWSValue = [
            "Data": .blob([0, 1, 254]), "Name": "AAH+", "Inner": ["Data": .blob([])], "All": [.blob([255]), nil],
            "Map": ["k": .blob([255])], "Other": "AAH+",
        ]
        #expect(AWSValue.structure(input) == expected)
    }

    @Test func `everything that is no base64 is told at once`() throws {
        let text = #"{"Data":"?","All":["AAH+","!"],"Map":{"k":"="}}"#
        let error = try #require(throws: AWSError.self) {
            try AWSMembers(json: Array(text.utf8), for: try operation())
        }
        #expect(error.phase == .invalidInput)
        for place in ["Data", "All[1]", "Map.k"] { #expect(error.message.contains("parameter \(place) takes bytes")) }
    }

    @Test(arguments: ["", "{", "[]", "1", #"{"a":1}x"#, "{\"a\":\"\u{1}\"}"])
    func `what is no JSON object is refused`(text: String) throws {
        #expect(throws: AWSError.self) { try AWSMembers(json: Array(text.utf8), for: try operation()) }
    }
}
