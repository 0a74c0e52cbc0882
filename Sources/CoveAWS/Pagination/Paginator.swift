// SPDX-License-Identifier: Apache-2.0

/// How an operation's pages are asked for, one after the other (`paginators-1.json`).
package struct Paginator: Sendable {
    /// Where a page says how the next one is asked for, and the parameters that ask.
    let outputTokens: [JMESPath]
    let inputTokens: [String]
    /// Says whether there is another page, where the token alone does not.
    let moreResults: JMESPath?
    /// What is gathered over all pages; the first is what limits count.
    let resultKeys: [JMESPath]
    /// What stands in every page the same.
    let nonAggregateKeys: [JMESPath]
    /// The parameter that says how large a page may be.
    let limitKey: String?

    /// The operation's own parameters by which its pages are turned.
    package var parameters: [String] { inputTokens + [limitKey].compactMap { $0 } }

    /// The paginators of a service, by operation.
    static func all(in bytes: [UInt8], of service: String) throws -> [String: Paginator] {
        do {
            let document = AWSValue(json: try JSONReader.read(bytes))
            var found: [String: Paginator] = [:]
            for member in document["pagination"].structure ?? AWSMembers() {
                found[member.name] = try Paginator(member.value)
            }
            return found
        } catch {
            throw ServiceModel.unreadable(service, "its paginators: \(error)")
        }
    }

    private init(_ value: AWSValue) throws(JMESPathError) {
        func texts(_ name: String) -> [String] {
            value[name].list?.compactMap(\.string) ?? value[name].string.map { [$0] } ?? []
        }
        func paths(_ name: String) throws(JMESPathError) -> [JMESPath] {
            var found: [JMESPath] = []
            for text in texts(name) { found.append(try JMESPath(text)) }
            return found
        }
        outputTokens = try paths("output_token")
        inputTokens = texts("input_token")
        moreResults = try paths("more_results").first
        resultKeys = try paths("result_key")
        nonAggregateKeys = try paths("non_aggregate_keys")
        limitKey = value["limit_key"].string
    }
}
