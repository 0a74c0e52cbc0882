// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveWire
import FoundationEssentials

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One execution of a Python function in a child.
struct PythonTask: Sendable {
    /// How it ended.
    struct Ended: Sendable {
        /// What the function returned, nil for None; or why there is nothing.
        let result: Result<JSONText?, Failure>
        /// The end of what it wrote.
        let output: [UInt8]
        /// Whether the child may run another task.
        let isReusable: Bool
        /// Whether it was ended because its attempt was cancelled.
        let wasCancelled: Bool
        /// All credentials that it was given.
        let secrets: [Credentials]
    }

    /// How long what was written before the end may take to be read.
    private static let outputLimit = Duration.seconds(2)
    /// How long the host may take to tell of an end.
    private static let endLimit = Duration.seconds(5)

    let function: PythonSpecification
    let session: CoveSession
    let settings: PythonSettings

    /// Runs the function to its end.
    ///
    /// Where the task is cancelled, the function is interrupted, then killed, and its end is awaited.
    func run(in child: PythonChild) async -> Ended {
        let isStopped = Awaited<Void>()
        // A task of its own, awaited on the spot: who is cancelled cannot wait for a function that cleans up.
        let running = Task { await supervise(child, isStopped) }
        return await withTaskCancellationHandler {
            await running.value
        } onCancel: {
            isStopped.settle(())
        }
    }

    private func supervise(_ child: PythonChild, _ isStopped: Awaited<Void>) async -> Ended {
        await withTaskGroup(of: Ended?.self) { group in
            group.addTask { [settings] in
                guard await isStopped.value() != nil else { return nil }
                await child.signal(SIGTERM)
                do { try await ContinuousClock().sleep(for: settings.killGrace) } catch { return nil }
                await child.signal(SIGKILL)
                return nil
            }
            let conversation = await converse(with: child)
            group.cancelAll()
            let wasCancelled = isStopped.current != nil
            let isReusable = conversation.isReusable && !wasCancelled
            // What a cancelled function left behind is not left running.
            if !isReusable { await child.signal(SIGKILL) }
            return Ended(
                result: conversation.result, output: await child.output.end(within: Self.outputLimit),
                isReusable: isReusable, wasCancelled: wasCancelled, secrets: conversation.secrets)
        }
    }

    // MARK: The conversation

    private struct Conversation {
        var result: Result<JSONText?, Failure>
        var isReusable = false
        var secrets: [Credentials]
    }

    private func converse(with child: PythonChild) async -> Conversation {
        var secrets: [Credentials] = []
        do {
            let credentials = try await session.credentials()
            secrets = [credentials]
            let marker = Self.newMarker()
            child.output.begin(marker: marker)
            await child.channel.send(
                PythonMessage.task(
                    function, in: session, credentials, resultBytes: settings.resultBytes, marker: marker))
            while let payload = await child.incoming.receive() {
                let answer = try JSONDecoder().decode(PythonAnswer.self, from: Data(payload))
                // A process that an earlier task's function left behind speaks in this one's place.
                guard answer.task == marker else {
                    return Conversation(result: .failure(Self.unintelligible), secrets: secrets)
                }
                if !(answer.marked ?? false), answer.type != .credentials { child.output.close() }
                switch answer.type {
                case .credentials:
                    let renewed = await renew()
                    // Who asks again before there are others grows no list.
                    if case .success(let given) = renewed, given != secrets.last { secrets.append(given) }
                    await child.channel.send(PythonMessage.renewed(renewed))
                    continue
                case .failure:
                    return Conversation(
                        result: .failure(answer.failure ?? Self.unintelligible), isReusable: answer.retire == nil,
                        secrets: secrets)
                case .result:
                    guard answer.value ?? false else {
                        return Conversation(
                            result: .success(nil), isReusable: answer.retire == nil, secrets: secrets)
                    }
                    guard let value = await child.incoming.receive() else { break }
                    let result: Result<JSONText?, Failure> = JSONText.checked(value).map { $0 }.mapError {
                        Failure(
                            type: "UnserialisableResult", message: "the function's result is no JSON: \($0)",
                            isRetryable: false)
                    }
                    return Conversation(result: result, isReusable: answer.retire == nil, secrets: secrets)
                }
            }
        } catch is DecodingError {
            return Conversation(result: .failure(Self.unintelligible), secrets: secrets)
        } catch {
            return Conversation(result: .failure(Failure(describing: error)), secrets: secrets)
        }
        child.channel.close()
        return Conversation(
            result: .failure(Self.failure(await child.end.value(within: Self.endLimit))), secrets: secrets)
    }

    private func renew() async -> Result<Credentials, any Error> {
        do { return .success(try await session.credentials()) } catch { return .failure(error) }
    }

    private static func newMarker() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    // MARK: Ends of the process

    private static let unintelligible = Failure(
        type: "PythonProcessEnded",
        message:
            "the Python process said something that is no answer, and was ended: the function writes into its channel")

    private static func failure(_ end: PythonChild.End?) -> Failure {
        guard let end else {
            return Failure(
                type: "PythonProcessEnded", message: "the Python process closed its channel while it ran the function")
        }
        let peak = end.peakKiB.map { "; it had \($0 / 1_024) MiB at most" } ?? ""
        if let signal = end.signal {
            let guess = signal == Int(SIGKILL) ? ", as the kernel does when memory is out" : ""
            return Failure(
                type: "PythonProcessEnded",
                message:
                    "the Python process was killed by signal \(ProgramFailures.name(CInt(signal)))\(guess) while it "
                    + "ran the function\(peak)",
                exitCode: 128 + signal)
        }
        if let code = end.exitCode {
            return Failure(
                type: "PythonProcessEnded",
                message: "the Python process exited with code \(code) while it ran the function\(peak)", exitCode: code)
        }
        return Failure(
            type: "PythonProcessEnded",
            message: "the Python process ended while it ran the function: \(end.reason ?? "nobody knows why")")
    }
}
