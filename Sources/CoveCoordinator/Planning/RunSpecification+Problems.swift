// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore

extension RunSpecification {
    private static let mostRegions = 256

    /// What is wrong with the specification, in sentences; empty when it can be planned.
    ///
    /// It is checked where it was made, for the sake of the words, and here once more, because anybody may have made it.
    var problems: [String] {
        var found = role.problems
        if role.policyARNs?.isEmpty == true { found.append("policy-arns must have at least 1 element. Got [].") }
        if selection.targets?.isEmpty == true { found.append("target_ids must have at least 1 element. Got [].") }
        if let regions {
            if regions.isEmpty { found.append("regions must have at least 1 element. Got [].") }
            if regions.count > Self.mostRegions {
                found.append("\(regions.count) regions are named: expected at most \(Self.mostRegions)")
            }
            if Set(regions).count < regions.count { found.append("a region is named twice: name each once") }
        }
        if let partition, CoveAWS.Partition.named(partition) == nil {
            let known = CoveAWS.Partition.all.map(\.id).joined(separator: ", ")
            found.append("partition \"\(partition)\" is not known: expected one of \(known)")
        }
        if let taskTimeoutSeconds, !Self.taskTimeoutRange.contains(taskTimeoutSeconds) {
            found.append(
                "task-timeout is \(taskTimeoutSeconds) seconds: expected 1 to \(Self.taskTimeoutRange.upperBound)")
        }
        if let slots, !Self.slotRange.contains(slots) {
            found.append("slots is \(slots): expected 1 to \(Self.slotRange.upperBound)")
        }
        found += function.artefact?.problems ?? []
        switch function {
        case .call(let call): found += call.problems
        case .native(let function): found += function.problems
        case .python(let function): found += function.problems
        case .exec(let program):
            if program.program.isEmpty { found.append("there is no program to run: name one after --") }
            let texts = [program.program, program.workingDirectory ?? ""] + program.arguments
            if texts.contains(where: { $0.utf8.contains(0) }) {
                found.append("the program or one of its arguments contains a NUL byte, which no program can be given")
            }
            found += program.settingProblems
        }
        return found
    }
}

extension NativeSpecification {
    private static let longestName = 256

    /// What is wrong with the function, in sentences; whether there is one of this name only its program knows.
    fileprivate var problems: [String] {
        var found: [String] = []
        if name.isEmpty { found.append("the function has no name") }
        for (what, text) in [("name", name), ("program", program ?? ""), ("build", build ?? "")]
        where text.utf8.count > Self.longestName {
            found.append("the function's \(what) has \(text.utf8.count) bytes: expected at most \(Self.longestName)")
        }
        if let input, input.utf8.count > FunctionSpecification.largestInput {
            found.append(
                "the input has \(input.utf8.count) bytes: expected at most \(FunctionSpecification.largestInput)")
        }
        return found
    }
}
