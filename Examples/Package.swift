// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let cove: Target.Dependency = .product(name: "CoveKit", package: "cove")

// One package for all examples, so that Cove is built once for them. Each is a folder, and can be copied alone: README.md says how.
let package = Package(
    name: "examples",
    dependencies: [
        // In a package of your own this is the repository's URL.
        .package(name: "cove", path: "..")
    ],
    targets: [
        .executableTarget(
            name: "Audit", dependencies: [cove], path: "Audit", exclude: ["README.md", "run-on-moto"],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "AWSClient", dependencies: [cove], path: "AWSClient", exclude: ["README.md"],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "CallerIdentity", dependencies: [cove], path: "CallerIdentity", exclude: ["README.md"],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ]
)
