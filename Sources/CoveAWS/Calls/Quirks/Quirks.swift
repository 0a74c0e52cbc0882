// SPDX-License-Identifier: Apache-2.0

/// Which quirks an operation has.
enum Quirks {
    static func of(_ operation: OperationModel, _ metadata: ServiceMetadata) -> [any CallQuirk] {
        switch metadata.serviceID {
        case "S3": [BucketAddress()]
        default: []
        }
    }
}
