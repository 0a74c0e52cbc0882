// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Synchronization

/// The models of services that are on this machine, found as botocore and the AWS CLI lay them out:
/// `FOLDER/SERVICE/VERSION/service-2.json[.gz]`.
///
/// Each is read once and kept. The first folder that has a service wins.
package final class ModelStore: Sendable {
    /// The folders that are looked through, in order.
    package let folders: [String]
    private let known = Mutex<[String: Service]>([:])

    /// A service with all that its calls need.
    package final class Service: Sendable {
        package let model: ServiceModel
        package let endpoints: EndpointRuleset
        package let paginators: [String: Paginator]
        /// The folder that it was read from.
        package let folder: String

        init(model: ServiceModel, endpoints: EndpointRuleset, paginators: [String: Paginator], folder: String) {
            self.model = model
            self.endpoints = endpoints
            self.paginators = paginators
            self.folder = folder
        }
    }

    package init(folders: [String]) { self.folders = folders }

    /// The service of that name.
    ///
    /// - Throws: `AWSError` (`.invalidInput`) when there is none, with the nearest names; `.unreadable` when its files are broken.
    package func service(_ name: String) throws -> Service {
        if let service = known.withLock({ $0[name] }) { return service }
        guard !name.isEmpty, !name.contains("/"), name.first != ".", let folder = folder(of: name) else {
            throw unknown(name)
        }
        let service = try read(name, in: folder)
        return known.withLock { known in
            if let earlier = known[name] { return earlier }
            known[name] = service
            return service
        }
    }

    /// A service that there is a model of.
    package struct Entry: Sendable, Equatable {
        package let name: String
        /// The version of its API, a date.
        package let version: String
        /// The folder among those that are looked through.
        package let folder: String
    }

    /// All services, sorted by their names.
    package func entries() -> [Entry] {
        var found: [String: Entry] = [:]
        for folder in folders {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where found[name] == nil {
                guard let version = version(of: name, in: folder) else { continue }
                found[name] = Entry(name: name, version: version, folder: folder)
            }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    private func unknown(_ name: String) -> AWSError {
        let names = entries().map(\.name)
        guard !names.isEmpty else {
            return AWSError(
                .invalidInput, code: "NoModels",
                message: "there are no service models on this machine (looked in \(folders.joined(separator: ", "))): "
                    + "install them with `cove models install`, or install botocore or the AWS CLI")
        }
        let near = NearNames.of(name, among: names)
        return AWSError(
            .invalidInput, code: "UnknownService",
            message: "there is no service \"\(name)\""
                + (near.isEmpty ? "" : "; there are \(near.joined(separator: ", "))"))
    }

    // MARK: Files

    private func folder(of name: String) -> String? {
        for folder in folders {
            if let version = version(of: name, in: folder) { return "\(folder)/\(name)/\(version)" }
        }
        return nil
    }

    /// The newest version of a service in a folder that has its model.
    private func version(of name: String, in folder: String) -> String? {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
        return versions.sorted().last { version in
            FileManager.default.fileExists(atPath: "\(folder)/\(name)/\(version)/service-2.json")
                || FileManager.default.fileExists(atPath: "\(folder)/\(name)/\(version)/service-2.json.gz")
        }
    }

    private func read(_ name: String, in folder: String) throws -> Service {
        guard let model = try Self.document("\(folder)/service-2", of: name) else { throw unknown(name) }
        guard let rules = try Self.document("\(folder)/endpoint-rule-set-1", of: name) else {
            throw ServiceModel.unreadable(name, "\(folder) has no endpoint rules: install a newer botocore")
        }
        let paginators = try Self.document("\(folder)/paginators-1", of: name)
        return Service(
            model: try ServiceModel(name: name, model), endpoints: try EndpointRuleset(rules),
            paginators: try paginators.map { try Paginator.all(in: $0, of: name) } ?? [:], folder: folder)
    }

    /// A document of a service with what botocore's own additions put into it (`sdk-extras`, `merge`); nil when there is none.
    private static func document(_ path: String, of name: String) throws -> [UInt8]? {
        guard let document = try bytes(path + ".json") else { return nil }
        guard let extras = try bytes(path + ".sdk-extras.json") else { return document }
        do {
            let addition = AWSValue(json: try JSONReader.read(extras))["merge"]
            return AWSValue(json: try JSONReader.read(document)).merged(with: addition).json
        } catch {
            throw ServiceModel.unreadable(name, "the additions to \(path).json: \(error)")
        }
    }

    /// The bytes of a file, or of its packed form; nil when there is neither.
    private static func bytes(_ path: String) throws -> [UInt8]? {
        for path in [path, path + ".gz"] where FileManager.default.fileExists(atPath: path) {
            do {
                let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
                return Gzip.isPacked(bytes) ? try Gzip.unpack(bytes) : bytes
            } catch {
                throw AWSError(.unreadable, code: "InvalidModel", message: "\(path) cannot be read: \(error)")
            }
        }
        return nil
    }
}
