// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// Which Swift functions the connected workers have.
extension CoordinatorState {
    /// How many programs a sentence names.
    private static let mostNamed = 4

    /// Why no worker can be found that has a function of a program; nil where one is connected, or it is of no program.
    func missingFunction(_ function: FunctionSpecification) -> String? {
        missingFunction(
            function, among: workers.filter { book.isConnected($0.key) && !$0.value.isDraining }.map(\.value))
    }

    /// Why none of some workers has a function of a program; nil where one has it, or it is of no program.
    func missingFunction(_ function: FunctionSpecification, among workers: [ServedWorker]) -> String? {
        guard case .native(let native) = function, native.build != nil,
            !workers.contains(where: { $0.has(function) })
        else { return nil }
        var offers: [NativeOffer] = []
        for worker in workers where worker.allows(.native) {
            if let offer = worker.native, !offers.contains(offer) { offers.append(offer) }
        }
        let others = offers.sorted { $0.title < $1.title }.prefix(Self.mostNamed).map { offer in
            "\(offer.title) ("
                + (offer.functions.contains { $0.name == native.name } ? "another build with " : "without ")
                + "\(native.name))"
        }
        let rest = offers.count > Self.mostNamed ? " and \(offers.count - Self.mostNamed) more" : ""
        let connected =
            others.isEmpty
            ? "none has Swift functions" : "connected are " + others.joined(separator: ", ") + rest
        return "no connected worker has the function \(native.identity): \(connected)"
    }
}
