// SPDX-License-Identifier: Apache-2.0

package import CoveAWS
package import CoveCore

/// A call whose names, input and query have been held against its service's model: ready to be made in any account.
package struct PreparedCall: Sendable {
    /// How many bytes the pages of one listing may take while they are put together.
    private static let largestListing = 64 << 20

    /// The service by the name of its model.
    package let service: String
    /// The operation's name in the model.
    package var operation: String { model.name }

    private let model: OperationModel
    private let input: AWSMembers
    private let query: JMESPath?
    private let pages: PageOptions?

    /// Checks a call.
    ///
    /// - Throws: `InvalidRequest` with everything that is wrong with it; `AWSError` when the models are missing or broken.
    package init(_ call: CallSpecification, models: ModelStore) throws {
        var problems = call.problems
        var query: JMESPath?
        if let text = call.query {
            do { query = try JMESPath(text) } catch {
                problems.append("the query \(text) is no JMESPath expression: \(error)")
            }
        }
        let found: Found?
        do {
            found = try Self.find(call, models, &problems)
        } catch  where !problems.isEmpty {
            throw InvalidRequest(problems)
        }
        guard let found else { throw InvalidRequest(problems) }
        let input = Self.input(call, found, &problems)
        let pages = Self.pages(call, found, input, &problems)
        guard problems.isEmpty else { throw InvalidRequest(problems) }
        service = call.service
        model = found.operation
        self.input = input
        self.query = query
        self.pages = pages
    }

    private typealias Found = (service: ModelStore.Service, operation: OperationModel)

    private static func find(
        _ call: CallSpecification, _ models: ModelStore, _ problems: inout [String]
    ) throws -> Found? {
        if call.service.isEmpty { return nil }
        do {
            let service = try models.service(call.service)
            if call.operation.isEmpty { return nil }
            return (service, try service.operation(spelled: call.operation))
        } catch let error as AWSError where error.phase == .invalidInput && error.code != "NoModels" {
            problems.append(error.message)
            return nil
        }
    }

    private static func input(
        _ call: CallSpecification, _ found: Found, _ problems: inout [String]
    ) -> AWSMembers {
        let text = call.input?.utf8 ?? Array("{}".utf8)
        // What is no object was told by the call itself.
        guard text.first == UInt8(ascii: "{") else { return AWSMembers() }
        do {
            let input = try AWSMembers(json: text, for: found.operation)
            problems += found.service.problems(with: input, of: found.operation)
            return input
        } catch let error as AWSError {
            problems.append(error.message)
        } catch {
            problems.append("the input cannot be read: \(error)")
        }
        return AWSMembers()
    }

    /// How pages are asked for; nil where one answer is all.
    private static func pages(
        _ call: CallSpecification, _ found: Found, _ input: AWSMembers, _ problems: inout [String]
    ) -> PageOptions? {
        let options = PageOptions(pageSize: call.pageSize, limit: call.maximumItems, startingToken: call.startingToken)
        guard let paginator = found.service.paginators[found.operation.name] else {
            if options != PageOptions() {
                problems.append(
                    "\(call.service) \(found.operation.name) has no pages: "
                        + "--page-size, --max-items and --starting-token are of no use")
            }
            return nil
        }
        guard call.isPaginated else { return nil }
        // Who names the service's own parameters turns the pages himself.
        let own = paginator.parameters.filter { input[$0] != nil }
        guard own.isEmpty else {
            if options != PageOptions() {
                problems.append(
                    "the input has \(own.joined(separator: ", ")), so that one page is asked for: leave it out, or leave "
                        + "--page-size, --max-items and --starting-token out")
            }
            return nil
        }
        do {
            _ = try PageWalk(paginator, of: found.operation, input, options)
        } catch let error as AWSError {
            problems.append(error.message)
        } catch {
            problems.append("\(error)")
        }
        return options
    }

    /// Calls the operation and gives what of its answer is asked for.
    ///
    /// - Throws: `AWSError`; `JMESPathError` when the query does not fit the answer.
    func value(from client: AWSClient) async throws -> AWSValue {
        let answer =
            if let pages {
                try await client.paginate(model.name, input, pages).collect(atMost: Self.largestListing)
            } else {
                try await client.call(model.name, input)
            }
        guard let query else { return answer }
        return try query.search(answer)
    }
}
