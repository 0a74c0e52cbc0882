// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport
import Testing

@testable import CoveWorker

/// Calls of AWS operations as functions: what is sent, and what becomes of the answers.
@Suite struct CallExecutorTests {
    /// Three pages of books.
    private static func pages(_ input: String) -> LocalHTTPServer.Answer {
        let pages = [
            #"{"Books":[{"Title":"a","Bought":1795219800},{"Title":"b","Cover":"AAH+"}],"Owner":"ada","Next":"2"}"#,
            #"{"Books":[],"Owner":"ada","Next":"3"}"#, #"{"Books":[{"Title":"c"}],"Owner":"ada"}"#,
        ]
        return .text(pages[input.contains(#""Marker":"2""#) ? 1 : input.contains(#""Marker":"3""#) ? 2 : 0])
    }

    private func call(_ input: String? = nil, query: String? = nil) -> CallSpecification {
        CallSpecification(
            service: "shelf", operation: "list-books", input: input.map { JSONText(trusted: Array($0.utf8)) },
            query: query)
    }

    @Test func `all pages are one result, written as the AWS CLI writes it`() async throws {
        let workshop = try CallWorkshop { Self.pages($0) }
        let result = try await workshop.result(call(#"{"Topic":"é"}"#))
        #expect(
            result
                == #"{"Books":[{"Title":"a","Bought":"2026-11-21T00:10:00+00:00"},{"Title":"b","Cover":"AAH+"},"#
                + #"{"Title":"c"}],"Owner":"ada"}"#)
        #expect(
            workshop.server.requests.map(\.text)
                == [#"{"Topic":"é"}"#, #"{"Marker":"2","Topic":"é"}"#, #"{"Marker":"3","Topic":"é"}"#])
        #expect(workshop.server.requests.allSatisfy { $0.headers["authorization"]?.contains("ASIA1/") == true })
    }

    @Test func `a query is applied to the whole`() async throws {
        let workshop = try CallWorkshop { Self.pages($0) }
        #expect(try await workshop.result(call(query: "Books[].Title")) == #"["a","b","c"]"#)
        #expect(try await workshop.result(call(query: "length(Books)")) == "3")
        #expect(try await workshop.result(call(query: "Books[?Title=='x'] | [0]")) == nil)
    }

    @Test func `a run's call is prepared once for all its tasks`() async throws {
        let workshop = try CallWorkshop { Self.pages($0) }
        let session = try workshop.session(of: .sample)
        #expect(try await workshop.executor.run(call(query: "Owner"), in: session)?.text == #""ada""#)
        try workshop.folder.write("shelf/2020-01-01/service-2.json", "broken by now")
        #expect(try await workshop.executor.run(call(query: "Owner"), in: session)?.text == #""ada""#)
    }

    @Test func `one page is asked for when pages are not wanted, or when the input turns them`() async throws {
        let workshop = try CallWorkshop { Self.pages($0) }
        var one = call(query: "Next")
        one.isPaginated = false
        #expect(try await workshop.result(one) == #""2""#)
        let second = call(#"{"Marker":"2"}"#)
        #expect(
            try await workshop.result(second)
                == #"{"Books":[],"Owner":"ada","Next":"3"}"#)
        #expect(workshop.server.requests.count == 2)
    }

    @Test func `a result that was cut off says where it goes on`() async throws {
        let workshop = try CallWorkshop { Self.pages($0) }
        var first = call(query: "[Books[].Title, NextToken]")
        first.maximumItems = 1
        first.pageSize = 2
        let result = try #require(try await workshop.result(first))
        #expect(result.hasPrefix(#"[["a"],""#))
        var second = call(query: "Books[].Title")
        second.startingToken = String(result.dropFirst(#"[["a"],""#.count).dropLast(2))
        #expect(try await workshop.result(second) == #"["b","c"]"#)
        #expect(workshop.server.requests[0].text == #"{"Count":2}"#)
    }

    @Test func `bytes of an input are sent as bytes, and an operation that answers nothing has no result`() async throws
    {
        let workshop = try CallWorkshop()
        let put = CallSpecification(
            service: "shelf", operation: "PutBook",
            input: JSONText(trusted: Array(#"{"Title":"t","Cover":"AAH+"}"#.utf8)))
        #expect(try await workshop.result(put) == nil)
        #expect(workshop.server.requests.map(\.text) == [#"{"Title":"t","Cover":"AAH+"}"#])
        #expect(workshop.server.requests[0].headers["x-amz-target"] == "Shelf.PutBook")
    }

    @Test func `a refusal is what the service says`() async throws {
        let workshop = try CallWorkshop { _ in
            .text(#"{"__type":"com.amazonaws.shelf#AccessDeniedException","message":"not you"}"#, status: 400)
        }
        let error = await #expect(throws: AWSError.self) { try await workshop.result(call()) }
        #expect(error?.code == "AccessDeniedException" && error?.message == "not you")
        #expect(error?.operation == "Shelf.ListBooks" && error?.attempts == 1)
    }

    @Test func `a result that is too large is refused`() async throws {
        let workshop = try CallWorkshop(resultBytes: 100) { Self.pages($0) }
        let failure = await #expect(throws: Failure.self) { try await workshop.result(call()) }
        #expect(failure?.type == "OutputTooLarge" && failure?.message.contains("more than 100 bytes") == true)
        let titles = call(query: "Books[].Title")
        #expect(try await workshop.result(titles) == #"["a","b","c"]"#)
    }

    @Test func `without models the failure says what to install`() async throws {
        let workshop = try CallWorkshop(hasModels: false)
        let error = await #expect(throws: AWSError.self) { try await workshop.result(call()) }
        #expect(error?.code == "NoModels" && error?.message.contains("cove models install") == true)
        #expect(workshop.server.requests.isEmpty)
    }

    @Test func `a Swift function calls services with its session's credentials`() async throws {
        let workshop = try CallWorkshop { Self.pages($0) }
        let shelf = try workshop.session(of: .sample).client("shelf")
        #expect(shelf.region == "eu-west-1")
        #expect(try await shelf.listBooks(Topic: "x").Books[0].Title == "a")
        let titles: [String] = try await shelf.paginate("ListBooks").collect("Books[].Title")
        #expect(titles == ["a", "b", "c"])
        #expect(workshop.server.requests.allSatisfy { $0.headers["authorization"]?.contains("ASIA1/") == true })
    }

    // MARK: What is checked

    private func problems(_ call: CallSpecification) throws -> [String] {
        let workshop = try CallWorkshop()
        do {
            _ = try workshop.prepare(call)
            return []
        } catch let request as InvalidRequest {
            return request.problems
        }
    }

    @Test func `what is right has no problems`() throws {
        let call = call(#"{"Topic":"x"}"#, query: "Books[0]")
        #expect(try problems(call) == [])
        let workshop = try CallWorkshop()
        let prepared = try workshop.prepare(call)
        #expect(prepared.service == "shelf" && prepared.operation == "ListBooks")
    }

    @Test func `everything that is wrong is told at once`() throws {
        var wrong = call(#"{"Marker":"1"}"#, query: "Books[")
        wrong.maximumItems = 0
        let found = try problems(wrong)
        #expect(found.count == 3)
        #expect(found.contains { $0.contains("max-items is 0") })
        #expect(found.contains { $0.contains("the query Books[ is no JMESPath expression") })
        #expect(found.contains { $0.contains("the input has Marker") })
    }

    @Test(arguments: [
        (CallSpecification(service: "shelv", operation: "ListBooks"), "there is no service \"shelv\"; there are shelf"),
        (
            CallSpecification(service: "shelf", operation: "list-book"),
            "no operation \"list-book\"; there are ListBooks"
        ),
        (CallSpecification(service: "", operation: ""), "no service was given"),
        (CallSpecification(service: "shelf", operation: ""), "no operation was given"),
        (
            CallSpecification(service: "shelf", operation: "PutBook", maximumItems: 1),
            "shelf PutBook has no pages"
        ),
        (
            CallSpecification(service: "shelf", operation: "PutBook"),
            "Missing required parameter in input: \"Title\""
        ),
        (
            CallSpecification(service: "shelf", operation: "ListBooks", isPaginated: false, pageSize: 1),
            "Cannot specify --no-paginate along with pagination arguments: --page-size"
        ),
        (
            CallSpecification(service: "shelf", operation: "ListBooks", startingToken: "a___b___c"),
            "Bad starting token: a___b___c"
        ),
        (
            CallSpecification(service: "shelf", operation: "PutBook", input: JSONText(trusted: Array("[]".utf8))),
            "the input is no JSON object"
        ),
    ])
    func `a wrong call is told what was expected`(call: CallSpecification, message: String) throws {
        let found = try problems(call)
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }
}
