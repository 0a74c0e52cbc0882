// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "AWSClient",
    dependencies: [
        // In a package of your own this is the repository's URL.
        .package(name: "cove", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "AWSClient",
            dependencies: [.product(name: "CoveKit", package: "cove")],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
