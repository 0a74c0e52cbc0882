// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CoveAWS

/// botocore's source distribution, unpacked: its tests are suites for everybody, its data are the models.
enum BotocoreSource {
    /// The folder, where the environment names it.
    static let folder = ProcessInfo.processInfo.environment["COVE_BOTOCORE"]

    static func json(_ path: String) throws -> AWSValue { AWSValue(json: try JSONReader.read(try bytes(path))) }

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: (folder ?? "") + "/" + path)))
    }

    /// The endpoint rules of a service's newest model.
    static func rules(of service: String) throws -> [UInt8] {
        let data = "botocore/data/\(service)"
        let versions = try FileManager.default.contentsOfDirectory(atPath: (folder ?? "") + "/" + data).sorted()
        return try bytes("\(data)/\(versions.last ?? "")/endpoint-rule-set-1.json")
    }
}
