// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// A package of its own: SwiftPM builds test bundles that use a macro target for the host, and Cove's would then be built twice.
let package = Package(
    name: "macro-tests",
    dependencies: [.package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.0")],
    targets: [
        .target(
            name: "CoveMacros",
            dependencies: [
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax")
            ], exclude: ["Plugin.swift"], swiftSettings: house),
        .testTarget(
            name: "CoveMacrosTests",
            dependencies: [
                "CoveMacros", .product(name: "SwiftSyntaxMacrosGenericTestSupport", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacroExpansion", package: "swift-syntax"),
            ],
            swiftSettings: house),
    ]
)
