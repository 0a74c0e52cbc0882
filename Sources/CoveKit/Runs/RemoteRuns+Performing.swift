// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

extension RemoteRuns {
    /// Has the coordinator make a run, and follows it; Ctrl-C ends the following, not the run.
    func perform(_ request: RunRequest) async throws {
        let id = RunID.new()
        let specification = request.specification(slots: request.slots, defaultRegion: nil)
        try await withService { service in
            if let artefact = request.artefact { try await upload(artefact, to: service) }
            try await service.submit(id, specification)
            if request.isDetached {
                try await request.output.write(handedOver: id)
                return await tellWhatIsLacking(id, service)
            }
            request.announce(id)
            do {
                try await session(id, service, request.output).perform()
            } catch let failure as CommandFailure where failure.status == .invalidRequest {
                // As of a local run whose request was wrong, nothing is left of it.
                try? await service.forget(id)
                throw failure
            }
        }
    }

    /// Has the coordinator go on with a run, and follows it.
    func perform(_ request: ContinuationRequest) async throws {
        try await withRun(named: request.name) { id, service in
            guard let record = try await service.run(id) else { throw RequestFailure.forgotten(id) }
            let reason = request.continuation.nothingToDo(record)
            if reason == nil { try await request.continuation.apply(to: id, of: service) }
            if request.isDetached { return try await request.output.write(handedOver: id) }
            if let reason { return try await request.tell(reason, record, service, self) }
            request.announce(record)
            try await session(id, service, request.output).perform()
        }
    }

    /// Brings files to the coordinator, and shows how many are there: over a slow line that takes minutes.
    private func upload(_ artefact: PackedArtefact, to service: any RunService) async throws {
        defer { console.show(progress: "") }
        try await service.upload(artefact) { stored in
            console.show(progress: "uploading files: \(stored * 100 / artefact.reference.size) %")
        }
    }

    /// Says what a run that is handed over waits for; whether it can be asked changes nothing any more.
    private func tellWhatIsLacking(_ run: RunID, _ service: any RunService) async {
        guard let lacking = try? await service.snapshot(of: run, after: nil)?.status.lacking else { return }
        console.say("cove: tasks wait: \(lacking)")
    }

    private func session(_ run: RunID, _ service: any RunService, _ output: OutputTarget) -> RunSession {
        RunSession(run: run, service: service, place: self, console: console, output: output, interruption: .leaves)
    }
}
