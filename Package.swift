// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import CompilerPluginSupport
import PackageDescription

/// The compiler settings of every target: see docs/decisions/0001-house.md.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let sqlite: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let sockets: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOTLS", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let certificates: [Target.Dependency] = [
    .product(name: "X509", package: "swift-certificates"),
    .product(name: "SwiftASN1", package: "swift-asn1"),
    .product(name: "Crypto", package: "swift-crypto"),
]

/// Python's side of `cove python`, which is part of the program.
let pythonSources = [
    "botocove", "cove_boto", "cove_check", "cove_decoration", "cove_exceptions", "cove_failures", "cove_file",
    "cove_forks", "cove_frames", "cove_host", "cove_linux", "cove_loading", "cove_process", "cove_run", "cove_session",
    "cove_task", "cove_typed", "cove_values", "sitecustomize",
]

let package = Package(
    name: "cove",
    products: [
        .library(name: "CoveKit", targets: ["CoveKit"]),
        .executable(name: "cove", targets: ["cove"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CSockets"),
        .target(name: "CoveCore", swiftSettings: house),
        .target(
            name: "CoveAWS", dependencies: ["CCurl", "CCrypto", "CExpat", "CZlib", subprocess, logging],
            swiftSettings: house),
        .target(
            name: "CoveWire", dependencies: ["CoveCore", "CSockets", logging] + sockets + certificates,
            swiftSettings: house),
        .target(
            name: "CoveCoordinator", dependencies: ["CoveCore", "CoveWire", "CoveAWS", sqlite, logging],
            swiftSettings: house),
        .target(
            name: "CoveWorker", dependencies: ["CoveCore", "CoveWire", "CoveAWS", subprocess, logging],
            resources: pythonSources.map { .embedInCode("Python/\($0).py") }, swiftSettings: house),
        .macro(
            name: "CoveMacros",
            dependencies: [
                .product(name: "SwiftCompilerPlugin", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
            ],
            swiftSettings: house),
        .target(
            name: "CoveKit",
            dependencies: [
                "CoveCore", "CoveWire", "CoveAWS", "CoveCoordinator", "CoveWorker", "CoveMacros", argumentParser,
                signals, logging, subprocess,
            ] + certificates,
            swiftSettings: house),
        .executableTarget(name: "cove", dependencies: ["CoveKit"], swiftSettings: house),
        .target(
            name: "CoveTestSupport", dependencies: ["CoveCore", "CoveWire", "CoveAWS", logging] + certificates,
            path: "Tests/CoveTestSupport", swiftSettings: house),
        .testTarget(name: "CoveCoreTests", dependencies: ["CoveCore"], swiftSettings: house),
        .testTarget(
            name: "CoveAWSTests", dependencies: ["CoveAWS", "CoveTestSupport", "CZlib"],
            exclude: [
                "Configuration/botocore_reference.py", "Pagination/pages_reference.py", "Calls/botocore_calls.py",
            ],
            swiftSettings: house),
        .testTarget(
            name: "CoveWireTests",
            dependencies: [
                "CoveWire", "CoveTestSupport", logging, .product(name: "NIOTestUtils", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + sockets + certificates, swiftSettings: house),
        .testTarget(
            name: "CoveCoordinatorTests", dependencies: ["CoveCoordinator", "CoveTestSupport", sqlite, logging],
            swiftSettings: house),
        .testTarget(
            name: "CoveWorkerTests",
            dependencies: ["CoveWorker", "CoveCoordinator", "CoveTestSupport", sqlite, logging],
            swiftSettings: house),
        .testTarget(
            name: "CoveKitTests",
            dependencies: ["CoveKit", "CoveTestSupport", sqlite, logging, signals] + sockets + certificates,
            swiftSettings: house),
    ]
)
