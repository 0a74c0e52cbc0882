// SPDX-License-Identifier: Apache-2.0

/// A program with functions of its own that is a cove: it runs them, works for a coordinator, and is one.
///
/// ```swift
/// @main struct Audit: CoveApp {
///     static let functions: [any CoveFunction] = [$iamUsers, $openBuckets]
/// }
/// ```
///
/// `audit run iamUsers --regions eu-west-1` runs a function, `audit worker` takes tasks from a coordinator, `audit functions` lists what
/// there is; all commands of `cove` are there too.
public protocol CoveApp {
    /// The functions that can be run by name; no two have the same.
    static var functions: [any CoveFunction] { get }
}

extension CoveApp {
    /// Reads arguments and environment, runs the command, and ends the process with its exit code.
    public static func main() async {
        await CoveCommandLine.main(as: Program(name: ProcessEnvironment.programName, functions: functions))
    }
}
