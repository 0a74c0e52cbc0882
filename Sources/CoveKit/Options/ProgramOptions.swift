// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

/// The options that say what a program is started with.
struct ProgramOptions: ParsableArguments {
    @Option(
        name: .long,
        help: .setting(
            "run-in",
            "The folder that the program starts in: an empty one of each task's own, or yours. (default: caller; task with a coordinator)",
            value: "task|caller"))
    var runIn: String?
    @Flag(
        name: .long, inversion: .prefixedNo,
        help: .setting(
            "templates",
            "Replace {account}, {region} and {name} in the program's arguments; {{name}} is the text {name}. (default: on)"
        ))
    var templates: Bool?
    @Option(
        name: .long,
        help: .setting(
            "memory-limit", "How much memory each process of the program may map: 512MiB, 2GiB. (default: no limit)",
            value: "size"))
    var memoryLimit: String?
    @Option(
        name: .long,
        help: .setting(
            "credentials",
            "How the program gets its credentials: keys in its environment, or a loopback endpoint that renews them. (default: environment)",
            value: "environment|server"))
    var credentials: String?

    /// The settings; what is wrong is left with the reader.
    func resolve(_ reader: inout SettingReader, isRemote: Bool) -> ProgramSettings {
        let isFolderGiven = reader.text(runIn, "run-in") != nil
        let folder = reader.choice(runIn, "run-in", default: isRemote ? ProgramSettings.Folder.task : .caller)
        if isRemote, folder == .caller {
            reader.add(
                problem: "--run-in caller was given with a coordinator: the workers' folders are not this one; "
                    + "there every task has a folder of its own")
        }
        // What was not asked for is what workers do anyway, and is not said: those of earlier versions take the run too.
        return ProgramSettings(
            folder: isRemote ? (isFolderGiven ? .task : nil) : folder,
            fillsTemplates: reader.flag(templates, "templates", default: true),
            memoryLimit: reader.byteCount(memoryLimit, "memory-limit", in: ProgramSettings.memoryLimits),
            credentials: reader.choice(credentials, "credentials", default: .environment))
    }
}

extension SettingReader {
    /// What a number of bytes without a unit means.
    enum NumberAlone: Int {
        case bytes = 0
        case mebibytes = 20

        /// The unit, as it is told.
        var unit: String { self == .bytes ? "bytes" : "MiB" }
    }

    /// A setting that is a number of bytes: `512MiB`, `2GiB`, `1048576`.
    mutating func byteCount(
        _ argument: String?, _ option: String, in range: ClosedRange<Int>, numberAlone: NumberAlone = .bytes
    ) -> Int? {
        guard let value = text(argument, option) else { return nil }
        let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)]
        let unit = units.first { value.hasSuffix($0.0) }
        let digits = value.dropLast(unit?.0.utf8.count ?? 0)
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let (bytes, isTooLarge) = (Int(digits) ?? .max).multipliedReportingOverflow(
            by: 1 << (unit?.1 ?? numberAlone.rawValue))
        guard isNumber, !isTooLarge, range.contains(bytes) else {
            add(
                problem: "\(name(option, argument)) is \"\(value)\": expected \(ByteCount(range.lowerBound)) to "
                    + "\(ByteCount(range.upperBound)), such as 512MiB or 2GiB; a number alone is \(numberAlone.unit)")
            return nil
        }
        return bytes
    }
}
