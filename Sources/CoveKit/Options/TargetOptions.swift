// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveAWS
import CoveCore

/// The options that say where a run runs and as whom.
struct TargetOptions: ParsableArguments {
    @Option(
        name: .long,
        help: .setting("targets", "Accounts, OUs and roots to run in; every active account if left out.", value: "id,…")
    )
    var targets: [String] = []
    @Option(
        name: .long,
        help: .setting("ignore", "Accounts, OUs and roots to leave out; wins over --targets.", value: "id,…"))
    var ignore: [String] = []
    @Flag(
        name: .long, inversion: .prefixedNo,
        help: .setting("include-calling-account", "Run in the calling account too."))
    var includeCallingAccount: Bool?
    @Option(
        name: .long,
        help: .setting("regions", "Regions to run in; the profile's default region if left out.", value: "region,…"))
    var regions: [String] = []
    @Option(
        name: .long,
        help: .setting(
            "role-name", "The role to assume in every account, path included. (default: OrganizationAccountAccessRole)",
            value: "name"))
    var roleName: String?
    @Option(
        name: .long,
        help: .setting(
            "role-session-name", "The name of the role's session. (default: the role's last segment)", value: "name"))
    var roleSessionName: String?
    @Option(
        name: .long, help: .setting("policy", "A session policy: JSON, or @ and a file's path.", value: "json|@file"))
    var policy: String?
    @Option(name: .long, help: .setting("policy-arns", "Managed policies that narrow the session.", value: "arn,…"))
    var policyArns: [String] = []
    @Option(
        name: .long,
        help: .setting("external-id", "The external id that the role's trust policy asks for.", value: "id"))
    var externalId: String?
    @Option(
        name: .long,
        help: .setting("duration", "The role session's length: 900 to 43200 seconds, or 15m to 12h.", value: "seconds"))
    var duration: String?
    @Option(
        name: .long,
        help: .setting("partition", "The partition of the roles. (default: the caller's)", value: "aws|aws-cn|…"))
    var partition: String?
    @Option(
        name: .long,
        help: .setting(
            "profile", "The profile whose credentials read the organization and assume the roles.", value: "name"))
    var profile: String?
}

extension TargetOptions {
    /// Where and as whom, once it is known to be well formed.
    struct Resolved: Sendable {
        var selection: TargetSelection
        var regions: [RegionName]?
        var role: RoleSpecification
        var partition: String?
        var profile: String?
    }

    /// Reads the options and their variables; what is wrong is left with the reader.
    func resolve(_ reader: inout SettingReader) -> Resolved {
        Resolved(
            selection: selection(&reader),
            regions: reader.list(regions, "regions").map { Self.regionNames($0, &reader) }, role: role(&reader),
            partition: reader.text(partition, "partition").map { Self.partitionName($0, &reader) },
            profile: reader.text(profile, "profile"))
    }

    private func selection(_ reader: inout SettingReader) -> TargetSelection {
        let calling = reader.flag(includeCallingAccount, "include-calling-account")
        return Self.selection(
            targets: reader.list(targets, "targets"), ignored: reader.list(ignore, "ignore") ?? [],
            includesCallingAccount: calling, &reader)
    }

    /// The selection that ids stand for, by botocove's rules.
    static func selection(
        targets: [String]?, ignored: [String], includesCallingAccount: Bool, _ reader: inout SettingReader
    ) -> TargetSelection {
        if targets?.isEmpty == true { reader.add(problem: "target_ids must have at least 1 element. Got [].") }
        return TargetSelection(
            targets: targets.map { ids($0, &reader) }, ignored: ids(ignored, &reader),
            includesCallingAccount: includesCallingAccount)
    }

    private static func ids(_ texts: [String], _ reader: inout SettingReader) -> [TargetID] {
        texts.compactMap { text in
            if let id = TargetID(text) { return id }
            reader.add(problem: "provided id is neither an aws account nor an ou: \(text)")
            return nil
        }
    }

    /// The regions that names stand for, each once.
    static func regionNames(_ texts: [String], _ reader: inout SettingReader) -> [RegionName] {
        if texts.isEmpty { reader.add(problem: "regions must have at least 1 element. Got [].") }
        var seen: Set<RegionName> = []
        return texts.compactMap { text -> RegionName? in
            if text == "all" || text.contains("*") {
                reader.add(problem: "region \"\(text)\" is not supported by this version: name the regions")
                return nil
            }
            guard let region = RegionName(text) else {
                reader.add(problem: "\"\(text)\" is not a region's name: expected one such as eu-west-1")
                return nil
            }
            return seen.insert(region).inserted ? region : nil
        }
    }

    private func role(_ reader: inout SettingReader) -> RoleSpecification {
        let arns = reader.list(policyArns, "policy-arns")
        if arns?.isEmpty == true { reader.add(problem: "policy-arns must have at least 1 element. Got [].") }
        var policyText = reader.text(policy, "policy")
        if let text = policyText, text.hasPrefix("@") {
            switch TextFile.read(String(text.dropFirst()), limit: 64 * 1_024) {
            case .success(let content): policyText = content
            case .failure(let problem):
                reader.add(problem: "policy \(problem.description)")
                policyText = nil
            }
        }
        let role = RoleSpecification(
            name: reader.text(roleName, "role-name") ?? RoleSpecification.defaultName,
            sessionName: reader.text(roleSessionName, "role-session-name"), policy: policyText, policyARNs: arns,
            externalID: reader.text(externalId, "external-id"),
            durationSeconds: reader.seconds(duration, "duration", in: RoleSpecification.durationRange))
        Self.check(role, &reader)
        return role
    }

    /// Leaves what is wrong with a role with the reader.
    static func check(_ role: RoleSpecification, _ reader: inout SettingReader) {
        for problem in role.problems { reader.add(problem: problem) }
    }

    /// A partition's name; one that is not known is left with the reader.
    static func partitionName(_ name: String, _ reader: inout SettingReader) -> String {
        if Partition.named(name) == nil {
            let known = Partition.all.map(\.id).joined(separator: ", ")
            reader.add(problem: "partition \"\(name)\" is not known: expected one of \(known)")
        }
        return name
    }
}

extension TargetOptions.Resolved {
    /// Regions that no partition knows, each in a sentence with the name that may have been meant.
    var warnings: [String] {
        (regions ?? []).filter { !Partition.knows(region: $0.rawValue) }.map { region in
            let nearest = NearestName.of(region.rawValue, among: Partition.allRegions)
            return "region \(region) is not known to any partition" + (nearest.map { "; did you mean \($0)?" } ?? "")
        }
    }
}
