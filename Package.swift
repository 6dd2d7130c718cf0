// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in our own targets; dependencies are left alone.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]
/// Generated code is not ours to style: it is only compiled.
let generated: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")

let package = Package(
  name: "latchkey",
  products: [
    .library(name: "RPC", targets: ["RPC"]),
    .library(name: "Transport", targets: ["Transport"]),
    .library(name: "TTRPC", targets: ["TTRPC"]),
    .library(name: "HTTPRPC", targets: ["HTTPRPC"]),
    .library(name: "Introspection", targets: ["Introspection"]),
    .executable(name: "latchkey", targets: ["latchkey"]),
  ],
  dependencies: [
    // Generated code is committed; another minor version may generate it otherwise.
    .package(url: "https://github.com/apple/swift-protobuf", .upToNextMinor(from: "1.39.0"), traits: []),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(
      name: "CCore",
      path: "CCore",
      exclude: ["tests"],
      sources: ["src"],
      publicHeadersPath: "include",
      cSettings: [
        .enableWarning("all"), .enableWarning("extra"), .enableWarning("conversion"),
        .enableWarning("pedantic"), .treatAllWarnings(as: .error),
      ],
      linkerSettings: [.linkedLibrary("sodium")]
    ),
    .target(name: "CPhone", linkerSettings: [.linkedLibrary("phonenumber")]),
    .target(name: "Domain", dependencies: ["CPhone"], swiftSettings: strict),
    .target(name: "Core", dependencies: ["CCore", "Domain"], swiftSettings: strict),
    .target(name: "API", dependencies: [protobuf], swiftSettings: generated),
    .target(
      name: "RPC",
      dependencies: [protobuf, logging, metrics],
      swiftSettings: strict
    ),
    .target(name: "Transport", dependencies: ["RPC", nioCore, nioPosix, nioSSL], swiftSettings: strict),
    .target(
      name: "TTRPC",
      dependencies: ["RPC", "Transport", protobuf, logging, nioCore, nioTLS],
      swiftSettings: strict
    ),
    .target(
      name: "CHTTP2",
      exclude: ["tests", "Makefile"],
      cSettings: [
        .enableWarning("all"), .enableWarning("extra"), .enableWarning("conversion"),
        .enableWarning("pedantic"), .treatAllWarnings(as: .error),
      ],
      linkerSettings: [.linkedLibrary("nghttp2")]
    ),
    .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
    .target(
      name: "HTTPRPC",
      dependencies: ["RPC", "Transport", "CHTTP2", "CZlib", protobuf, logging, nioCore, nioTLS],
      swiftSettings: strict
    ),
    .target(
      name: "Prometheus", dependencies: [.product(name: "CoreMetrics", package: "swift-metrics")],
      swiftSettings: strict),
    .target(name: "Introspection", dependencies: ["RPC", protobuf], swiftSettings: strict),
    .target(name: "Services", dependencies: ["Domain", "Core", "API", "RPC"], swiftSettings: strict),
    .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(
      name: "Storage",
      dependencies: [
        "CSQLite", "Domain", "Services", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Client",
      dependencies: ["Domain", "Core", "API", "RPC", "Transport", "TTRPC"],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "latchkey",
      dependencies: [
        "Domain", "Core", "API", "RPC", "Transport", "TTRPC", "HTTPRPC", "Introspection", "Prometheus",
        "Services", "Storage", "Client",
        logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "TestSupport",
      dependencies: ["Domain", "Core", "API", "RPC", "Transport", "TTRPC", "Services", "Storage", "Client"],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "latchkey-bench",
      dependencies: [
        "API", "Core", "Domain", "RPC", "Services", "Storage", "TTRPC", "HTTPRPC", "Introspection",
        "Transport", "TestSupport", protobuf, logging,
        nioPosix,
      ],
      path: "Tests/Bench/Sources",
      swiftSettings: strict
    ),
    // What clients written by others are tried with.
    .executableTarget(
      name: "interop-server",
      dependencies: ["HTTPRPC", "Introspection", "RPC", "Transport", protobuf, logging, nioPosix],
      path: "Tests/Interop/server",
      swiftSettings: strict
    ),
    .testTarget(name: "CoreTests", dependencies: ["Core", "Domain"], swiftSettings: strict),
    .testTarget(name: "DomainTests", dependencies: ["Domain"], swiftSettings: strict),
    .testTarget(name: "RPCTests", dependencies: ["RPC", protobuf, logging, metrics], swiftSettings: strict),
    // What the tests of several wires share.
    .target(
      name: "TransportSupport",
      dependencies: ["Transport", nioCore],
      path: "Tests/TransportSupport",
      swiftSettings: strict
    ),
    .testTarget(
      name: "TransportTests",
      dependencies: ["RPC", "Transport", "TransportSupport", nioCore, nioPosix],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TTRPCTests",
      dependencies: [
        "RPC", "Transport", "TTRPC", "TransportSupport", protobuf, logging, nioCore, nioPosix, nioSSL, nioTLS,
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "HTTPRPCTests",
      dependencies: [
        "RPC", "Transport", "HTTPRPC", "Introspection", "TransportSupport", protobuf, logging, nioCore,
        nioPosix,
      ],
      swiftSettings: strict
    ),
    // What the tests' own clients of HTTP are made of.
    .systemLibrary(name: "CNGHTTP2", path: "Tests/CNGHTTP2", pkgConfig: "libnghttp2"),
    .target(
      name: "HTTPSupport",
      dependencies: ["CNGHTTP2", "RPC", "Transport", protobuf, nioCore, nioPosix, nioSSL, nioTLS],
      path: "Tests/HTTPSupport",
      swiftSettings: strict
    ),
    .testTarget(
      name: "HTTPRPCLiveTests",
      dependencies: [
        "RPC", "Transport", "HTTPRPC", "Introspection", "TransportSupport", "HTTPSupport", protobuf, logging,
        nioCore, nioPosix,
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "StorageTests", dependencies: ["Storage", "TestSupport"], exclude: ["Released"],
      swiftSettings: strict),
    .testTarget(
      name: "ServicesTests", dependencies: ["Services", "TestSupport", logging], swiftSettings: strict),
    .testTarget(
      name: "WireTests",
      dependencies: [
        "TestSupport", "HTTPSupport", "HTTPRPC", "Prometheus", "Storage", "Transport", "TTRPC", "Client",
        "latchkey", protobuf,
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "HostileTests",
      dependencies: [
        "API", "Core", "Domain", "RPC", "TTRPC", "Client", "TestSupport", "HTTPSupport", "latchkey", protobuf,
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "CrashTests",
      dependencies: [
        "API", "Core", "Domain", "RPC", "Transport", "TTRPC", "Client", "TestSupport", "latchkey",
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "ContractTests",
      dependencies: ["API", "Core", "Domain", "RPC", "Services", "TestSupport", protobuf, logging],
      swiftSettings: strict
    ),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "Core", "Domain", "API", "RPC", "Services", "Storage", "TestSupport", logging,
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "PrometheusTests",
      dependencies: ["Prometheus", "RPC", .product(name: "CoreMetrics", package: "swift-metrics")],
      swiftSettings: strict),
    .testTarget(name: "TidyTests", swiftSettings: strict),
  ],
  cLanguageStandard: .c11,
  cxxLanguageStandard: .cxx17
)
