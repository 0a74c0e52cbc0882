// SPDX-License-Identifier: Apache-2.0

/// A request as it goes on the wire, but for the Host and Content-Length lines, which the transport writes.
package struct HTTPRequest: Sendable {
    /// The request's method.
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
        case patch = "PATCH"
    }

    /// The method.
    package var method: Method
    /// Where it goes.
    package var origin: HTTPOrigin
    /// The path, percent-encoded, beginning with a slash.
    package var path: String
    /// The query, percent-encoded, without its question mark; empty for none.
    package var query: String
    /// The header fields.
    package var headers: HeaderFields
    /// The body; empty for none.
    package var body: [UInt8]
    /// The file that is the body, instead of the bytes; nil for none.
    package var bodyFile: BodyFile?
    /// The file that the body of an answer goes to, if its status is 2xx; nil for memory.
    package var answerFile: AnswerFile?

    /// Makes a request; the origin's own path comes in front of the given one.
    package init(
        _ method: Method, to origin: HTTPOrigin, path: String = "/", query: String = "",
        headers: HeaderFields = HeaderFields(), body: [UInt8] = []
    ) {
        self.method = method
        self.origin = origin
        self.path = path == "/" ? origin.rootPath : origin.basePath.isEmpty ? path : origin.basePath + path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// What is sent: the file, or the bytes.
    package var payload: RequestBody { bodyFile.map(RequestBody.file) ?? .bytes(body) }

    /// The whole URL.
    package var url: String {
        query.isEmpty ? origin.text + path : origin.text + path + "?" + query
    }
}
