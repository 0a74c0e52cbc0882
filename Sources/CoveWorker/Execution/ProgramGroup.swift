// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The processes that a program left in its process group.
///
/// The kernel gives a group's number to no new process while a member is there, even after the program that led it was
/// reaped. So as long as `hasMembers` was true a moment ago, a signal meets the right processes.
struct ProgramGroup: Sendable {
    /// The group's number, which is the process id of the program that led it.
    let id: pid_t

    /// Whether a process of the group still runs.
    ///
    /// True for one that this process may not signal. Asked only after the leader was reaped. Nearly always one system
    /// call answers; `/proc` is searched only when the program left something behind. Then dead members must be told
    /// from running ones: orphans go to process 1, and in a container that is often a program that reaps nobody.
    var hasMembers: Bool {
        guard kill(-id, 0) == 0 || errno == EPERM else { return false }
        guard let processes = opendir("/proc") else { return true }
        defer { closedir(processes) }
        while let entry = readdir(processes) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let first = name.utf8.first, first >= UInt8(ascii: "1"), first <= UInt8(ascii: "9"), isMember(name) {
                return true
            }
        }
        return false
    }

    /// Asks the group to end (SIGTERM), waits until it is empty, and kills what is left when its grace is over.
    ///
    /// Who was asked already is not asked again: to some programs a second SIGTERM means "at once, without cleaning
    /// up". Looks again after 1 ms, 2 ms, … 100 ms: nobody tells when a process ends that is not one's child. Nothing
    /// is waited for after SIGKILL. The task that calls must not be cancelled.
    func end(askedToEnd: ContinuousClock.Instant?, grace: Duration) async {
        if askedToEnd == nil { _ = kill(-id, SIGTERM) }
        let deadline = (askedToEnd ?? .now) + grace
        var pause = Duration.milliseconds(1)
        while hasMembers {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero, (try? await Task.sleep(for: min(pause, left))) != nil else {
                _ = kill(-id, SIGKILL)
                return
            }
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    /// Whether a process is of this group and is not dead already (proc(5): pid, name in parentheses, state, parent,
    /// group).
    private func isMember(_ process: String) -> Bool {
        let file = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        // Out of descriptors is no proof that nothing runs; gone meanwhile is.
        guard file >= 0 else { return errno == EMFILE || errno == ENFILE }
        defer { close(file) }
        let line = [UInt8](unsafeUninitializedCapacity: 512) { buffer, count in
            count = max(0, read(file, buffer.baseAddress, buffer.count))
        }
        guard let name = line.lastIndex(of: UInt8(ascii: ")")) else { return false }
        let fields = line[(name + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 3)
        guard fields.count > 2, let state = fields[0].first,
            let group = pid_t(String(decoding: fields[2], as: UTF8.self))
        else { return false }
        return group == id && state != UInt8(ascii: "Z") && state != UInt8(ascii: "X")
    }
}
