// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// What can go wrong with one program, as the failures that are reported.
///
/// None holds the session's secrets.
struct ProgramFailures: Sendable {
    private let program: String
    private let limits: ProgramLimits
    private let memoryLimit: Int?
    private let mask: SecretMask
    private let pass: CredentialServer.Pass?

    /// The failures of `program`, run in `session`.
    ///
    /// - Parameter pass: What the program asks for credentials with: whatever it was given is a secret.
    init(
        program: ProgramSpecification, session: ProgramSession, limits: ProgramLimits,
        pass: CredentialServer.Pass? = nil
    ) {
        self.program = program.program
        self.limits = limits
        memoryLimit = program.settings?.memoryLimit
        mask = SecretMask(session.credentials)
        self.pass = pass
    }

    /// How much of the end of stderr must be kept so that what is shown of it holds no part of a secret.
    ///
    /// Credentials that are renewed may be a little longer than the first.
    var diagnosisBytes: Int { limits.stderrBytes + mask.reach * (pass == nil ? 1 : 2) }

    /// The program was not started, for a reason that completes the sentence.
    func notStarted(_ reason: String, isRetryable: Bool = false) -> Failure {
        Failure(
            type: "ProgramNotStarted", message: "\(program) could not be started: \(reason)", isRetryable: isRetryable)
    }

    /// The program was not found.
    func notLocated(_ problem: InvalidRequest) -> Failure {
        Failure(type: "ProgramNotStarted", message: problem.description, isRetryable: false)
    }

    /// The program was not started by the system, or was lost sight of.
    ///
    /// Only the code and the system's error number are told: the library's own text may quote the environment.
    func notRun(_ error: ProgramRun.NotRun) -> Failure {
        let system = error.errno.map { "\($0)" } ?? "unknown error"
        guard !error.wasStarted else {
            return Failure(type: "ProgramFailed", message: "\(program) was started and could not be watched: \(system)")
        }
        if error.code == .executableNotFound {
            return notStarted("the file, or the interpreter that its first line names, is missing or not executable")
        }
        if error.code == .failedToChangeWorkingDirectory {
            return notStarted("the folder that it is to start in cannot be entered (\(system))")
        }
        switch error.errno {
        case .execFormatError?:
            return notStarted("it is neither a program for this machine nor a script that begins with #!")
        case .argListTooLong?:
            return notStarted("its arguments and environment are larger than the system allows (\(system))")
        case .tooManyOpenFiles?, .tooManyOpenFilesInSystem?:
            return notStarted(
                "\(system); raise the limit of open files (ulimit -n) or lower --slots", isRetryable: true)
        case .resourceTemporarilyUnavailable?, .noMemory?:
            return notStarted("\(system); lower --slots", isRetryable: true)
        case .textFileBusy?:
            return notStarted("\(system): something writes to its file", isRetryable: true)
        default: return notStarted(system)
        }
    }

    /// A stream of the program could not be read.
    func unreadable(_ reason: String, _ ended: ProgramRun.Ended) -> Failure {
        Failure(
            type: "ProgramFailed", message: "\(program) was ended: its output could not be read: \(reason)",
            stderr: stderr(ended))
    }

    /// The program wrote more than a result may hold.
    func outputTooLarge(_ ended: ProgramRun.Ended) -> Failure {
        Failure(
            type: "OutputTooLarge",
            message:
                "\(program) wrote more than \(limits.resultBytes) bytes to stdout and was ended; that is the largest "
                + "result; print less, or store it elsewhere and print where",
            isRetryable: false, stderr: stderr(ended))
    }

    /// The program exited with a code that is not 0, or was killed by a signal, which has the code 128 + n as in a
    /// shell.
    ///
    /// - Parameter path: the program that a shell was to become first; nil where there was none in between.
    func ended(_ ended: ProgramRun.Ended, launching path: String? = nil) -> Failure {
        if let reason = refusal(ended, launching: path) {
            return notStarted(
                "the file, or the interpreter that its first line names: \(reason)",
                isRetryable: isBusy(ended, launching: path))
        }
        let (message, code): (String, Int) =
            switch ended.status {
            case .exited(let code): ("exited with code \(code)", Int(code))
            case .signaled(let signal): ("was killed by signal \(Self.name(signal))", 128 + Int(signal))
            }
        // Whether it was the limit is the program's own to say: it may have come to its end for any reason.
        let limit = memoryLimit.map { "; its memory was limited to \(ByteCount($0)) (--memory-limit)" } ?? ""
        return Failure(
            type: "ProgramFailed", message: "\(program) \(message)\(limit)", exitCode: code, stderr: stderr(ended))
    }

    /// Whether the program was not started because something has its file open for writing.
    func isBusy(_ ended: ProgramRun.Ended, launching path: String?) -> Bool {
        refusal(ended, launching: path)?.hasSuffix("Text file busy") ?? false
    }

    /// Why a shell did not become the program that it was to become.
    private func refusal(_ ended: ProgramRun.Ended, launching path: String?) -> String? {
        guard let path, case .exited(let code) = ended.status else { return nil }
        return MemoryLauncher.refusal(path: path, code: Int(code), stderr: stderr(ended) ?? "")
    }

    /// The program succeeded and what it printed is not what its parsing demands.
    func invalidOutput(_ problem: OutputProblem, _ ended: ProgramRun.Ended) -> Failure {
        Failure(
            type: "InvalidOutput", message: "the output of \(program) \(problem.reason)", isRetryable: false,
            exitCode: 0,
            stderr: stderr(ended))
    }

    private func stderr(_ ended: ProgramRun.Ended) -> String? {
        let mask = pass.map { SecretMask($0.given).hiding($0.token.secret) } ?? mask
        let end = mask.end(of: ended.diagnosis.bytes, limit: limits.stderrBytes)
        return end.isEmpty ? nil : OutputTail.text(end, limit: limits.stderrBytes)
    }

    /// A signal's number and name.
    static func name(_ number: CInt) -> String {
        let names: [CInt: String] = [
            1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 8: "SIGFPE", 9: "SIGKILL",
            11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
        ]
        return names[number].map { "\(number) (\($0))" } ?? "\(number)"
    }
}
