// SPDX-License-Identifier: Apache-2.0

/// What a service says of a call that it refused.
package struct ServiceFault: Sendable, Equatable {
    /// The error code, `AccessDenied`.
    package var code: String
    /// The service's sentence; may be empty.
    package var message: String
    /// The request's id, if the answer has one.
    package var requestID: String?
    /// Whose fault it is by the service's word, `Sender` or `Receiver`; nil where it does not say.
    package var type: String?
    /// The members of the error as its model has them.
    package var members = AWSMembers()

    /// The fault of an answer that is not in the service's form: its status is the code, as in botocore.
    static func unknown(_ response: HTTPResponse, requestID: String?) -> ServiceFault {
        ServiceFault(code: "\(response.status)", message: HTTPStatusText.of(response.status), requestID: requestID)
    }
}

extension HTTPResponse {
    /// The request's id as the header has it.
    var requestID: String? {
        header("x-amzn-requestid") ?? header("x-amz-request-id") ?? header("x-amzn-request-id")
    }
}
