// SPDX-License-Identifier: Apache-2.0

/// What a model says of its service as a whole.
struct ServiceMetadata: Sendable {
    /// The protocols of AWS, in the order in which botocore chooses among those that a service speaks.
    enum Wire: String, Sendable, CaseIterable {
        case json
        case restJSON = "rest-json"
        case restXML = "rest-xml"
        case cbor = "smithy-rpc-v2-cbor"
        case query
        case ec2
    }

    /// The protocol that is spoken.
    var wire: Wire
    var apiVersion: String
    /// The beginning of host names without endpoint rules.
    var endpointPrefix: String
    var signingName: String
    var serviceID: String
    /// How requests are signed: `v4`, `s3v4`, `bearer` and others.
    var signatureVersion: String
    /// The ways to sign, in the order of preference, where the model lists them.
    var auth: [String]
    /// The version of JSON-RPC, `1.0` or `1.1`.
    var jsonVersion: String
    /// What stands before an operation's name in `X-Amz-Target`.
    var targetPrefix: String
    var xmlNamespace: XMLNamespace?
    /// Whether error codes come in a header, as the service's former query protocol had them.
    var isQueryCompatible: Bool

    /// The name of the service in `AWS_ENDPOINT_URL_…` and in `services` sections.
    var endpointID: String { String(serviceID.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 }) }

    /// The ways to sign that the service takes, the preferred first.
    ///
    /// SimpleDB's `v2` is not among those that Cove knows; `importexport` has moved on to `v4` without its model.
    var offeredAuth: [String] {
        if !auth.isEmpty { return auth }
        switch signatureVersion {
        case "v4", "s3", "s3v4": return ["sigv4"]
        case "v2" where endpointPrefix == "importexport": return ["sigv4"]
        default: return [signatureVersion]
        }
    }

    init(_ value: AWSValue, service: String) throws {
        let spoken = value["protocols"].list?.compactMap(\.string) ?? [value["protocol"].string ?? ""]
        guard let wire = Wire.allCases.first(where: { spoken.contains($0.rawValue) }) else {
            throw ServiceModel.unreadable(service, "it speaks \(spoken.joined(separator: ", ")), which Cove does not")
        }
        self.wire = wire
        apiVersion = value["apiVersion"].string ?? ""
        endpointPrefix = value["endpointPrefix"].string ?? service
        signingName = value["signingName"].string ?? endpointPrefix
        serviceID = value["serviceId"].string ?? service
        signatureVersion = value["signatureVersion"].string ?? "v4"
        auth = value["auth"].list?.compactMap(\.string) ?? []
        jsonVersion = value["jsonVersion"].string ?? "1.0"
        targetPrefix = value["targetPrefix"].string ?? ""
        xmlNamespace = value["xmlNamespace"].string.map { XMLNamespace(uri: $0) }
        isQueryCompatible = value.structure?["awsQueryCompatible"] != nil
    }
}
