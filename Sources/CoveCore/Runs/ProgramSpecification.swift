// SPDX-License-Identifier: Apache-2.0

/// A program, its arguments, and how its output becomes a result.
public struct ProgramSpecification: Sendable, Hashable, Codable {
    /// How standard output becomes a `Result`.
    public enum Parsing: String, Sendable, CaseIterable, Codable {
        /// A JSON object or array becomes that value, anything else is text.
        case auto
        /// The output must be one JSON value.
        case json
        /// The output is text.
        case text
    }

    /// The program: a path, or a name that is looked for in `PATH`.
    public var program: String
    /// Its arguments, as they are: no shell reads them.
    public var arguments: [String]
    /// How its output becomes a result.
    public var parsing: Parsing
    /// The folder that the run was made in, where a relative path of the program begins; nil for a run of a coordinator's.
    ///
    /// The program starts there unless its settings say otherwise, so that a resumed run finds what the first one found.
    public var workingDirectory: String?
    /// What travels to the workers with the run, the program being a path in it.
    ///
    /// Nil for a program that is there already.
    public var artefact: ArtefactReference?
    /// What it is started with; nil for what all programs had before there were settings.
    public var settings: ProgramSettings?

    /// A program to run.
    public init(
        program: String, arguments: [String] = [], parsing: Parsing = .auto, workingDirectory: String? = nil,
        artefact: ArtefactReference? = nil, settings: ProgramSettings? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.parsing = parsing
        self.workingDirectory = workingDirectory
        self.artefact = artefact
        self.settings = settings
    }

    /// Whether it would be started otherwise by who passes over its settings, as all did before there were any.
    package var needsSettings: Bool {
        guard let settings else { return false }
        // Templates that have nothing to fill in ask for nothing: most programs go to every worker.
        let isFilled =
            settings.fillsTemplates
            && arguments.contains { $0.utf8.contains { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") } }
        return settings.folder != nil || settings.memoryLimit != nil || settings.credentials != .environment || isFilled
            || !settings.notUnderstood.isEmpty
    }
}
