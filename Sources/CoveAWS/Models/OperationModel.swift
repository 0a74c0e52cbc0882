// SPDX-License-Identifier: Apache-2.0

/// An operation as its service's model describes it.
///
/// A class because every call has one, and all calls of an operation have the same.
package final class OperationModel: Sendable {
    /// Its name in the model, `ListUsers`.
    package let name: String
    let method: String
    /// The path and query, with members in braces.
    let requestURI: String
    let graph: ShapeGraph
    /// The places of input and output in the graph; nil where there is none.
    let input: Int?
    let output: Int?
    /// The element that wraps the output in XML.
    let outputWrapper: String?
    let inputTraits: MemberTraits
    let errors: [ErrorModel]
    /// What stands before the host's name, with members in braces.
    let hostPrefix: String?
    let auth: Auth
    /// What endpoint rules are told, besides members of the input.
    let staticContext: AWSMembers
    let operationContext: [(name: String, path: JMESPath)]
    let isChecksumRequired: Bool
    /// The header's checksum, where the operation takes one of several.
    let checksum: ChecksumModel?
    /// Whether bodies may be packed with gzip (`requestcompression`).
    let isCompressible: Bool
    /// Whether the endpoint must be asked for first (`endpointdiscovery`).
    let needsDiscovery: Bool
    /// Whether it is the operation that says where the others' endpoint is.
    let isDiscovery: Bool
    /// The members that a random token fills when the caller gives none.
    let idempotencyTokens: [String]
    /// The members by which endpoint rules know the input, with the rules' names.
    let contextMembers: [(name: String, parameter: String)]

    /// How an operation's requests are signed, where it is not as its service's.
    struct Auth: Sendable, Hashable {
        /// The ways to sign; empty for the service's.
        var schemes: [String]
        /// Whether requests are not signed.
        var isAnonymous: Bool
        /// Whether the body is no part of what is signed.
        var hasUnsignedPayload: Bool
    }

    /// An error that the operation may answer.
    struct ErrorModel: Sendable {
        var name: String
        /// The code by which the service calls it.
        var code: String
        /// Its type's place in the graph.
        var shape: Int
        /// Whether, and why, the same call may succeed later, where the model says so.
        var retry: ErrorClassifier.Kind?
    }

    /// How an operation checks its bodies (`httpChecksum`).
    struct ChecksumModel: Sendable {
        var isRequired: Bool
        /// The member that names the algorithm.
        var algorithmMember: String?
        /// The member that asks the service to send its checksum along, and the algorithms that it may send.
        var validationModeMember: String?
        var responseAlgorithms: [String]
    }

    init(name: String, _ value: AWSValue, reader: ShapeReader) throws {
        var reader = reader
        self.name = name
        method = value["http"]["method"].string ?? "POST"
        requestURI = value["http"]["requestUri"].string ?? "/"
        input = try value["input"].structure.map { _ in try reader.whole(value["input"]) }
        inputTraits = ShapeReader.memberTraits(value["input"])
        output = try value["output"].structure.map { _ in try reader.whole(value["output"]) }
        outputWrapper = value["output"]["resultWrapper"].string
        errors = try (value["errors"].list ?? []).compactMap { error in
            guard let shape = error["shape"].string else { return nil }
            let place = try reader.shape(error["shape"])
            let traits = reader.graph[place].traits
            return ErrorModel(
                name: shape, code: traits.errorCode ?? shape, shape: place,
                retry: traits.isThrottle.map { $0 ? .throttle : .transient })
        }
        hostPrefix = value["endpoint"]["hostPrefix"].string
        let schemes = value["auth"].list?.compactMap(\.string) ?? []
        auth = Auth(
            schemes: schemes, isAnonymous: schemes.first == "smithy.api#noAuth" || value["authtype"] == "none",
            hasUnsignedPayload: value["unsignedPayload"].bool ?? (value["authtype"] == "v4-unsigned-body"))
        staticContext = (value["staticContextParams"].structure ?? AWSMembers()).reduce(into: AWSMembers()) {
            $0[$1.name] = $1.value["value"]
        }
        do {
            operationContext = try (value["operationContextParams"].structure ?? AWSMembers()).compactMap { member in
                try member.value["path"].string.map { (member.name, try JMESPath($0)) }
            }
        } catch let error as JMESPathError {
            throw ServiceModel.unreadable(reader.service, "a context parameter of operation \(name): \(error)")
        }
        isChecksumRequired = value["httpChecksumRequired"].bool ?? false
        checksum = value["httpChecksum"].structure.map { _ in
            ChecksumModel(
                isRequired: value["httpChecksum"]["requestChecksumRequired"].bool ?? false,
                algorithmMember: value["httpChecksum"]["requestAlgorithmMember"].string,
                validationModeMember: value["httpChecksum"]["requestValidationModeMember"].string,
                responseAlgorithms: value["httpChecksum"]["responseAlgorithms"].list?.compactMap(\.string) ?? [])
        }
        isCompressible = value["requestcompression"]["encodings"].list?.contains("gzip") ?? false
        needsDiscovery = value["endpointdiscovery"]["required"].bool ?? false
        isDiscovery = value["endpointoperation"].bool ?? false
        graph = reader.graph
        let members = input.map { reader.graph[$0].members } ?? []
        idempotencyTokens = members.filter(\.traits.isIdempotencyToken).map(\.name)
        contextMembers = members.compactMap { member in
            member.traits.contextParameter.map { (member.name, $0) }
        }
    }
}
