// SPDX-License-Identifier: Apache-2.0

/// Looks at who else may read and write a file that holds a secret.
enum FilePrivacy {
    /// Leaves with the reader that everybody may write the file, and a warning that everybody may read it.
    ///
    /// The group is left alone: it is how an orchestrator hands a secret to a process.
    static func check(_ path: String, _ what: String, _ reader: inout SettingReader, warnings: inout [String]) {
        let mode = FileDescriptor.mode(of: path)
        let octal = "0" + String(mode, radix: 8)
        if mode & 0o002 != 0 {
            reader.add(
                problem: "\(what) \(path) can be written by everybody (mode \(octal)): what is in it may be "
                    + "anybody's; make it anew, and private with chmod 600")
        } else if mode & 0o004 != 0 {
            warnings.append(
                "\(what) \(path) can be read by everybody on this host (mode \(octal)); make it private with chmod 600")
        }
    }
}
