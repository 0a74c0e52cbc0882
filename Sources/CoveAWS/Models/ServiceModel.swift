// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A service as its model describes it (`service-2.json`, as botocore ships it).
///
/// Only what is asked for is read, once, and kept: the model of EC2 has megabytes.
package final class ServiceModel: Sendable {
    /// The service's name in the model's folder, `iam`.
    package let name: String
    let metadata: ServiceMetadata
    private let bytes: [UInt8]
    private let operations: JSONIndex
    private let shapes: JSONIndex
    private let known = Mutex<[String: OperationModel]>([:])
    /// The names of operations by what is the same in all their spellings.
    private let spellings: [String: String]

    /// The service in a document.
    ///
    /// - Throws: `AWSError` (`.unreadable`) when it is no model.
    package init(name: String, _ bytes: [UInt8]) throws {
        self.name = name
        self.bytes = bytes
        do {
            let top = try JSONIndex(bytes, in: 0..<bytes.count)
            func part(_ name: String) -> Range<Int>? { top.members[name] }
            guard let metadata = part("metadata"), let operations = part("operations"), let shapes = part("shapes")
            else { throw Self.unreadable(name, "it lacks metadata, operations or shapes") }
            self.metadata = try ServiceMetadata(
                AWSValue(json: try JSONReader.read(Array(bytes[metadata]))), service: name)
            self.operations = try JSONIndex(bytes, in: operations)
            self.shapes = try JSONIndex(bytes, in: shapes)
            spellings = Dictionary(
                self.operations.names.map { (Self.plain($0), $0) }, uniquingKeysWith: { first, _ in first })
        } catch let error as CodecError {
            throw Self.unreadable(name, "\(error)")
        }
    }

    /// The names of all operations, in the model's order.
    package var operationNames: [String] { operations.names }

    /// An operation by its name in the model, `ListUsers`.
    ///
    /// - Throws: `AWSError` (`.unreadable`) when the model is broken there; nil when there is none of that name.
    package func operation(_ name: String) throws -> OperationModel? {
        if let known = known.withLock({ $0[name] }) { return known }
        guard let range = operations.members[name] else { return nil }
        let operation: OperationModel
        do {
            operation = try OperationModel(name: name, try value(range), reader: ShapeReader(model: self))
        } catch let error as CodecError {
            throw Self.unreadable(self.name, "operation \(name): \(error)")
        }
        return known.withLock { known in
            if let earlier = known[name] { return earlier }
            known[name] = operation
            return operation
        }
    }

    /// The name of the operation that a spelling stands for: `ListUsers`, `listUsers`, `list_users`, `list-users`.
    func name(spelled spelling: String) -> String? {
        operations.members[spelling] == nil ? spellings[Self.plain(spelling)] : spelling
    }

    /// What is the same in all spellings of a name.
    private static func plain(_ name: String) -> String {
        name.utf8.contains { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
            ? name.filter { $0 != "_" && $0 != "-" }.lowercased() : name.lowercased()
    }

    /// What the model says of a type; nil when it has none of that name.
    func shape(_ name: String) throws(CodecError) -> AWSValue? {
        guard let range = shapes.members[name] else { return nil }
        return try value(range)
    }

    private func value(_ range: Range<Int>) throws(CodecError) -> AWSValue {
        AWSValue(json: try JSONReader.read(Array(bytes[range])))
    }

    static func unreadable(_ service: String, _ problem: String) -> AWSError {
        AWSError(.unreadable, code: "InvalidModel", message: "the model of \(service) cannot be used: \(problem)")
    }
}
