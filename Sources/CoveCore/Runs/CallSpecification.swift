// SPDX-License-Identifier: Apache-2.0

/// An operation of an AWS service, what it is given, and what of its answer becomes the result.
///
/// Whether there are such a service and operation is known only where the services' models are.
public struct CallSpecification: Sendable, Hashable, Codable {
    /// The service by the name of its model: `iam`.
    public var service: String
    /// The operation: `ListUsers`; a worker also takes the AWS CLI's spelling.
    public var operation: String
    /// The operation's input, an object with the members' names of the API and bytes as base64; nil for none.
    public var input: JSONText?
    /// What of the answer becomes the result (JMESPath); nil for all of it.
    public var query: String?
    /// Whether all pages of a listing are fetched and put together.
    public var isPaginated: Bool
    /// How many elements a page may have; nil for the service's own number.
    public var pageSize: Int?
    /// How many elements the result may have; nil for all.
    public var maximumItems: Int?
    /// Where an earlier result that was cut off by `maximumItems` ended: its `NextToken`.
    public var startingToken: String?

    /// A call; all but service and operation have a default.
    public init(
        service: String, operation: String, input: JSONText? = nil, query: String? = nil, isPaginated: Bool = true,
        pageSize: Int? = nil, maximumItems: Int? = nil, startingToken: String? = nil
    ) {
        self.service = service
        self.operation = operation
        self.input = input
        self.query = query
        self.isPaginated = isPaginated
        self.pageSize = pageSize
        self.maximumItems = maximumItems
        self.startingToken = startingToken
    }
}

extension CallSpecification {
    /// What is wrong with the call whatever the models say, in sentences.
    package var problems: [String] {
        var found: [String] = []
        if service.isEmpty { found.append("no service was given: expected one such as iam") }
        if operation.isEmpty { found.append("no operation was given: expected one such as list-users") }
        if let input, input.utf8.first != UInt8(ascii: "{") {
            found.append("the input is no JSON object: expected the operation's members, as in {\"PathPrefix\": \"/\"}")
        }
        if let input, input.utf8.count > FunctionSpecification.largestInput {
            found.append(
                "the input has \(input.utf8.count) bytes: expected at most \(FunctionSpecification.largestInput)")
        }
        for (value, name) in [(pageSize, "page-size"), (maximumItems, "max-items")] {
            if let value, value < 1 { found.append("\(name) is \(value): expected a whole number from 1") }
        }
        let paging = [
            pageSize.map { _ in "--page-size" }, maximumItems.map { _ in "--max-items" },
            startingToken.map { _ in "--starting-token" },
        ].compactMap { $0 }
        if !isPaginated, !paging.isEmpty {
            found.append(
                "Cannot specify --no-paginate along with pagination arguments: \(paging.joined(separator: ", "))")
        }
        return found
    }
}
