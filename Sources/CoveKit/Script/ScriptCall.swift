// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import FoundationEssentials

/// A call of a decorated function, as the script's `botocove` module writes it to `cove script-run`: botocove's arguments by
/// their names, and where `cove` cannot find them by itself, the credentials that assume the roles.
struct ScriptCall: Decodable, Sendable {
    /// The largest call that is read.
    static let limit = 64 << 20

    private enum CodingKeys: String, CodingKey {
        case function, regions, rolename, policy, partition, slots, credentials, region, arguments
        case targetIDs = "target_ids"
        case ignoreIDs = "ignore_ids"
        case roleSessionName = "role_session_name"
        case policyARNs = "policy_arns"
        case externalID = "external_id"
        case raisesException = "raise_exception"
        case keywordArguments = "keyword_arguments"
    }

    /// The credentials of the assuming session.
    private struct Keys: Decodable {
        private enum CodingKeys: String, CodingKey {
            case accessKeyID = "access_key_id"
            case secretAccessKey = "secret_access_key"
            case sessionToken = "session_token"
        }

        var accessKeyID: String
        var secretAccessKey: String
        var sessionToken: String?
    }

    var function: String
    var targetIDs: [String]?
    var ignoreIDs: [String]
    var regions: [String]?
    var rolename: String?
    var roleSessionName: String?
    var policy: String?
    var policyARNs: [String]?
    var externalID: String?
    var partition: String?
    var raisesException: Bool
    var slots: Int
    var credentials: Credentials?
    var region: String?
    var arguments: JSONText?
    var keywordArguments: JSONText?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        function = try values.decode(String.self, forKey: .function)
        targetIDs = try values.decodeIfPresent([String].self, forKey: .targetIDs)
        ignoreIDs = try values.decode([String].self, forKey: .ignoreIDs)
        regions = try values.decodeIfPresent([String].self, forKey: .regions)
        rolename = try values.decodeIfPresent(String.self, forKey: .rolename)
        roleSessionName = try values.decodeIfPresent(String.self, forKey: .roleSessionName)
        policy = try values.decodeIfPresent(String.self, forKey: .policy)
        policyARNs = try values.decodeIfPresent([String].self, forKey: .policyARNs)
        externalID = try values.decodeIfPresent(String.self, forKey: .externalID)
        partition = try values.decodeIfPresent(String.self, forKey: .partition)
        raisesException = try values.decode(Bool.self, forKey: .raisesException)
        slots = try values.decode(Int.self, forKey: .slots)
        region = try values.decodeIfPresent(String.self, forKey: .region)
        arguments = try values.decodeIfPresent(JSONText.self, forKey: .arguments)
        keywordArguments = try values.decodeIfPresent(JSONText.self, forKey: .keywordArguments)
        credentials = try values.decodeIfPresent(Keys.self, forKey: .credentials).map {
            Credentials(
                accessKeyID: $0.accessKeyID, secretAccessKey: $0.secretAccessKey, sessionToken: $0.sessionToken)
        }
    }

    /// Reads a call.
    ///
    /// - Throws: `InvalidRequest` when there is none; it quotes nothing of what was found, which may be secret.
    static func read(from input: FileDescriptor) throws -> ScriptCall {
        guard let bytes = input.read(upTo: limit + 1) else {
            throw InvalidRequest("the call cannot be read from standard input: \(FileDescriptor.lastError)")
        }
        guard bytes.count <= limit else {
            throw InvalidRequest("the call with its arguments has more than \(limit) bytes: pass less, or where it is")
        }
        do { return try JSONDecoder().decode(ScriptCall.self, from: Data(bytes)) } catch {
            throw InvalidRequest(
                "found no call on standard input: this command is for scripts that cove python SCRIPT started")
        }
    }

    /// Where and as whom, once it is known to be well formed; what is wrong is left with the reader.
    func target(durationSeconds: Int?, _ reader: inout SettingReader) -> TargetOptions.Resolved {
        let role = RoleSpecification(
            name: rolename ?? RoleSpecification.defaultName, sessionName: roleSessionName, policy: policy,
            policyARNs: policyARNs, externalID: externalID, durationSeconds: durationSeconds)
        TargetOptions.check(role, &reader)
        return TargetOptions.Resolved(
            selection: TargetOptions.selection(
                targets: targetIDs, ignored: ignoreIDs, includesCallingAccount: false, &reader),
            regions: regions.map { TargetOptions.regionNames($0, &reader) }, role: role,
            partition: partition.map { TargetOptions.partitionName($0, &reader) })
    }
}
