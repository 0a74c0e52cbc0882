// SPDX-License-Identifier: Apache-2.0

/// An operation as its service's model describes it.
package struct OperationModel: Sendable {
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
    /// The ways to sign, where the operation has its own.
    let auth: [String]
    /// `none` where requests are not signed; `v4-unsigned-body`.
    let authType: String?
    let hasUnsignedPayload: Bool
    /// What endpoint rules are told, besides members of the input.
    let staticContext: AWSMembers
    let operationContext: [(name: String, path: String)]
    let isChecksumRequired: Bool
    /// The header's checksum, where the operation takes one of several.
    let checksum: ChecksumModel?

    /// An error that the operation may answer.
    struct ErrorModel: Sendable {
        var name: String
        /// The code by which the service calls it.
        var code: String
        /// Its type's place in the graph.
        var shape: Int
    }

    /// How an operation checks its bodies (`httpChecksum`).
    struct ChecksumModel: Sendable {
        var isRequired: Bool
        /// The member that names the algorithm.
        var algorithmMember: String?
    }

    init(name: String, _ value: AWSValue, reader: ShapeReader) throws {
        var reader = reader
        self.name = name
        method = value["http"]["method"].string ?? "POST"
        requestURI = value["http"]["requestUri"].string ?? "/"
        input = try value["input"].structure.map { _ in try reader.shape(value["input"]["shape"]) }
        inputTraits = ShapeReader.memberTraits(value["input"])
        output = try value["output"].structure.map { _ in try reader.shape(value["output"]["shape"]) }
        outputWrapper = value["output"]["resultWrapper"].string
        errors = try (value["errors"].list ?? []).compactMap { error in
            guard let shape = error["shape"].string else { return nil }
            let place = try reader.shape(error["shape"])
            return ErrorModel(name: shape, code: reader.graph[place].traits.errorCode ?? shape, shape: place)
        }
        hostPrefix = value["endpoint"]["hostPrefix"].string
        auth = value["auth"].list?.compactMap(\.string) ?? []
        authType = value["authtype"].string
        hasUnsignedPayload = value["unsignedPayload"].bool ?? false
        staticContext = (value["staticContextParams"].structure ?? AWSMembers()).reduce(into: AWSMembers()) {
            $0[$1.name] = $1.value["value"]
        }
        operationContext = (value["operationContextParams"].structure ?? AWSMembers()).compactMap { member in
            member.value["path"].string.map { (member.name, $0) }
        }
        isChecksumRequired = value["httpChecksumRequired"].bool ?? false
        checksum = value["httpChecksum"].structure.map { _ in
            ChecksumModel(
                isRequired: value["httpChecksum"]["requestChecksumRequired"].bool ?? false,
                algorithmMember: value["httpChecksum"]["requestAlgorithmMember"].string)
        }
        graph = reader.graph
    }
}
