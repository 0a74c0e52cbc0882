// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

/// The options that say what is called and what of the answer is the result.
struct CallOptions: ParsableArguments {
    /// The largest input in bytes: it goes with every batch of tasks.
    private static let largestInput = 256 * 1_024
    private static let most = 1_000_000_000

    @Option(
        name: .long,
        help: .setting(
            "input",
            "The operation's members as a JSON object, named as in the API, with bytes as base64; or @ and a file's path.",
            value: "json|@file"))
    var input: String?
    @Option(
        name: .long,
        help: .setting("query", "What of the answer becomes the result, as in the AWS CLI.", value: "jmespath"))
    var query: String?
    @Flag(
        name: .long, inversion: .prefixedNo,
        help: .setting("paginate", "Fetch all pages of a listing and put them together. (default: yes)"))
    var paginate: Bool?
    @Option(
        name: .long, help: .setting("page-size", "How many elements the service puts into a page.", value: "n"))
    var pageSize: String?
    @Option(
        name: .long,
        help: .setting("max-items", "How many elements a result may have; NextToken says where it ends.", value: "n"))
    var maxItems: String?
    @Option(
        name: .long,
        help: .setting("starting-token", "Where to begin: the NextToken of an earlier result.", value: "token"))
    var startingToken: String?
}

extension CallOptions {
    /// The call of an operation; what is wrong whatever the models say is left with the reader.
    func resolve(service: String, operation: String, _ reader: inout SettingReader) -> CallSpecification {
        CallSpecification(
            service: Self.modelName(of: service), operation: operation,
            input: Self.inputText(input, like: "{\"PathPrefix\": \"/\"}", &reader),
            query: reader.text(query, "query"), isPaginated: reader.flag(paginate, "paginate", default: true),
            pageSize: reader.integer(pageSize, "page-size", in: 1...Self.most),
            maximumItems: reader.integer(maxItems, "max-items", in: 1...Self.most),
            startingToken: reader.text(startingToken, "starting-token"))
    }

    /// A JSON value that is an input, given as text or as the name of a file; what is wrong is left with the reader.
    ///
    /// - Parameter example: an input as it may be.
    static func inputText(
        _ input: String?, like example: String, _ reader: inout SettingReader
    ) -> JSONText? {
        guard var text = reader.text(input, "input") else { return nil }
        if text.hasPrefix("@") {
            switch TextFile.read(String(text.dropFirst()), limit: largestInput) {
            case .success(let content): text = content
            case .failure(let problem):
                reader.add(problem: "input \(problem.description)")
                return nil
            }
        }
        guard text.utf8.count <= largestInput else {
            reader.add(problem: "the input has \(text.utf8.count) bytes: expected at most \(largestInput)")
            return nil
        }
        switch JSONText.checked(Array(text.utf8)) {
        case .success(let json): return json
        case .failure(let problem):
            reader.add(
                problem: "the input is not JSON: \(problem): expected an object such as \(example), "
                    + "or @ and a file's path")
            return nil
        }
    }

    /// The name of a service's model, for the three that the AWS CLI calls otherwise.
    private static func modelName(of service: String) -> String {
        switch service.lowercased() {
        case "s3api": "s3"
        case "configservice": "config"
        case "deploy": "codedeploy"
        case let name: name
        }
    }
}
