// SPDX-License-Identifier: Apache-2.0

import SwiftCompilerPlugin
import SwiftSyntaxMacros

/// What the compiler runs to expand Cove's macros.
@main
struct Plugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [CoveMacro.self]
}
