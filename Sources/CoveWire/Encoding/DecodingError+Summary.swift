// SPDX-License-Identifier: Apache-2.0

extension DecodingError {
    /// What is wrong with a message and where, in a sentence that may be sent and shown.
    var summary: String {
        let (context, problem): (Context, String?) =
            switch self {
            case .keyNotFound(let key, let context): (context, "\"\(key.stringValue)\" is missing")
            case .valueNotFound(_, let context): (context, "found null")
            case .typeMismatch(_, let context), .dataCorrupted(let context): (context, nil)
            @unknown default: (Context(codingPath: [], debugDescription: "not readable"), nil)
            }
        var text = problem ?? context.debugDescription
        // What the parser says of text that is no JSON stands below, without anything of the text but one character.
        if problem == nil, context.codingPath.isEmpty, let cause = context.underlyingError { text += " (\(cause))" }
        let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        return PeerText(path.isEmpty ? text : "\(path): \(text)", limit: 300).description
    }
}
