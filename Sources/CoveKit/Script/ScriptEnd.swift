// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// How a script's run ended: the last line of what `cove script-run` writes, after the results where there are any.
struct ScriptEnd {
    /// What is said of it, a sentence each.
    var problems: [String]
    /// What AWS refused, where that is why the run could not start.
    var failure: Failure?

    /// Writes the line.
    func write(to output: FileDescriptor) -> Bool {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("Ended")
        writer.beginObject()
        writer.key("Problems")
        writer.beginArray()
        for problem in problems { writer.string(problem) }
        writer.endArray()
        if let failure {
            writer.key("Failure")
            failure.write(to: &writer)
        }
        writer.endObject()
        writer.endObject()
        return output.write(writer.bytes + [UInt8(ascii: "\n")])
    }
}
