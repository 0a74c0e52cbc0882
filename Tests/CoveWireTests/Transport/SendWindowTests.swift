// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveWire

@Suite struct SendWindowTests {
    /// A window, and tasks that enter it one after the other.
    private struct Scene {
        let window: SendWindow
        let executor = ManualExecutor()
        let entered = Notes<String>()

        init(_ bytes: Int) { window = SendWindow(bytes) }

        func enters(_ name: String, _ bytes: Int, _ line: SendWindow.Line, in group: inout TaskGroup<Void>) {
            group.addTask(executorPreference: executor) {
                entered.add(await window.enter(bytes, line) ? name : "\(name) refused")
            }
            executor.runUntilIdle()
        }

        func leaves(_ bytes: Int) {
            window.leave(bytes)
            executor.runUntilIdle()
        }
    }

    @Test func `a frame goes while the window is not full, and no other until enough has left`() async {
        let scene = Scene(100)
        await withTaskGroup { group in
            scene.enters("a", 60, .short, in: &group)
            scene.enters("b", 500, .short, in: &group)
            scene.enters("c", 1, .short, in: &group)
            #expect(scene.entered.values == ["a", "b"])
            scene.leaves(60)
            #expect(scene.entered.values == ["a", "b"])
            scene.leaves(500)
            #expect(scene.entered.values == ["a", "b", "c"])
        }
    }

    @Test func `short messages pass a chunk that waits with them`() async {
        let scene = Scene(10)
        await withTaskGroup { group in
            scene.enters("chunk 1", 500, .chunk, in: &group)
            scene.enters("chunk 2", 500, .chunk, in: &group)
            scene.enters("heartbeat", 5, .short, in: &group)
            #expect(scene.entered.values == ["chunk 1"])
            scene.leaves(500)
            #expect(scene.entered.values == ["chunk 1", "heartbeat", "chunk 2"])
        }
    }

    @Test func `a chunk is not passed for ever`() async {
        let scene = Scene(10)
        await withTaskGroup { group in
            scene.enters("first", 10, .short, in: &group)
            scene.enters("chunk", 500, .chunk, in: &group)
            for number in 1...4 { scene.enters("short \(number)", 100 << 10, .short, in: &group) }
            scene.leaves(10)
            for _ in 1...3 { scene.leaves(100 << 10) }
            #expect(scene.entered.values == ["first", "short 1", "short 2", "short 3", "chunk"])
            scene.leaves(500)
            #expect(scene.entered.values.last == "short 4")
        }
    }

    @Test func `closing refuses those who wait and those who come`() async {
        let scene = Scene(10)
        await withTaskGroup { group in
            scene.enters("a", 10, .short, in: &group)
            scene.enters("b", 10, .short, in: &group)
            scene.enters("c", 10, .chunk, in: &group)
            #expect(scene.window.close())
            #expect(scene.window.close() == false)
            scene.executor.runUntilIdle()
            #expect(Set(scene.entered.values) == ["a", "b refused", "c refused"])
            scene.enters("d", 1, .short, in: &group)
            #expect(scene.entered.values.last == "d refused")
            scene.leaves(10)
        }
    }

    @Test(arguments: [SendWindow.Line.short, .chunk]) func `who is cancelled waits no longer, and takes no room`(
        line: SendWindow.Line
    ) async {
        let scene = Scene(10)
        await withTaskGroup { group in
            scene.enters("a", 10, .short, in: &group)
            await withTaskGroup { inner in
                scene.enters("b", 10, line, in: &inner)
                inner.cancelAll()
                scene.executor.runUntilIdle()
            }
            #expect(scene.entered.values == ["a", "b refused"])
            scene.enters("c", 10, .short, in: &group)
            scene.leaves(10)
            #expect(scene.entered.values.last == "c")
        }
    }
}
