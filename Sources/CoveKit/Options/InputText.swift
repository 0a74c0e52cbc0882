// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// The input of what is run: JSON as it is given, or the content of a file.
enum InputText {
    /// Reads `--input` or its variable; what is wrong is left with the reader.
    ///
    /// - Parameter expected: which JSON makes sense, completing "expected …".
    static func read(_ argument: String?, _ reader: inout SettingReader, expected: String) -> JSONText? {
        guard var text = reader.text(argument, "input") else { return nil }
        if text.hasPrefix("@") {
            switch TextFile.read(String(text.dropFirst()), limit: FunctionSpecification.largestInput) {
            case .success(let content): text = content
            case .failure(let problem):
                reader.add(problem: "input \(problem.description)")
                return nil
            }
        }
        guard text.utf8.count <= FunctionSpecification.largestInput else {
            reader.add(
                problem:
                    "the input has \(text.utf8.count) bytes: expected at most \(FunctionSpecification.largestInput)")
            return nil
        }
        switch JSONText.checked(Array(text.utf8)) {
        case .success(let json): return json
        case .failure(let problem):
            reader.add(problem: "the input is not JSON: \(problem): expected \(expected), or @ and a file's path")
            return nil
        }
    }
}
