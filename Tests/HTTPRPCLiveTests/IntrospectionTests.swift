import Foundation
import HTTPSupport
import RPC
import SwiftProtobuf
import Testing

@testable import Introspection

private typealias Ask = Grpc_Reflection_V1_ServerReflectionRequest
private typealias Told = Grpc_Reflection_V1_ServerReflectionResponse

/// A contract with everything that reflection tells of.
enum Contract {
  static func descriptors() throws -> [UInt8] {
    typealias Label = Google_Protobuf_FieldDescriptorProto
    func field(_ name: String, _ number: Int32, extending type: String = "") -> Label {
      .with {
        $0.name = name
        $0.number = number
        $0.type = .int32
        $0.label = .optional
        if !type.isEmpty { $0.extendee = type }
      }
    }
    let base = Google_Protobuf_FileDescriptorProto.with {
      $0.name = "test/v1/base.proto"
      $0.package = "test.v1"
      $0.messageType = [
        .with {
          $0.name = "Base"
          $0.field = [field("value", 1)]
          $0.nestedType = [.with { $0.name = "Inner" }]
          $0.enumType = [
            .with {
              $0.name = "Kind"
              $0.value = [.with { $0.name = "KIND_UNKNOWN" }]
            }
          ]
          $0.extensionRange = [
            .with {
              $0.start = 100
              $0.end = 200
            }
          ]
        }
      ]
    }
    let service = Google_Protobuf_FileDescriptorProto.with {
      $0.name = "test/v1/service.proto"
      $0.package = "test.v1"
      $0.dependency = ["test/v1/base.proto"]
      $0.extension = [
        field("first", 101, extending: ".test.v1.Base"), field("second", 150, extending: ".test.v1.Base"),
      ]
      $0.service = [
        .with {
          $0.name = "EchoService"
          $0.method = [
            .with {
              $0.name = "Echo"
              $0.inputType = ".test.v1.Base"
              $0.outputType = ".test.v1.Base"
            }
          ]
        }
      ]
    }
    return try Google_Protobuf_FileDescriptorSet.with { $0.file = [base, service] }.serializedBytes()
  }
}

/// Health and reflection over their published protocols.
@Suite(.timeLimit(.minutes(1))) struct IntrospectionTests {
  private let grpc: Fields = [("content-type", "application/grpc"), ("te", "trailers")]

  // MARK: Health

  @Test(arguments: HTTPWire.everywhere)
  func `Check tells of the server and of each service`(wire: HTTPWire, version: Version) async throws {
    try await LiveServer.with { live in
      let client = live.client(wire, version)
      var told = [try await status(of: "", client), try await status(of: EchoService.name, client)]
      #expect(told == [.serving, .serving])
      live.probe.health.set(.notServing, for: EchoService.name)
      told = [try await status(of: "", client), try await status(of: EchoService.name, client)]
      #expect(told == [.serving, .notServing])
      let refused = await failure { _ = try await status(of: "none", client) }
      #expect(refused?.code == .notFound)
      await live.probe.health.end()
      told = [try await status(of: "", client)]
      #expect(told == [.notServing])
    }
  }

  @Test(arguments: HTTPWire.everywhere)
  func `Watch tells of each change, also of what is not there yet`(wire: HTTPWire, version: Version)
    async throws
  {
    try await LiveServer.with { live in
      let client = live.client(wire, version)
      for (service, first) in [("", Status.serving), ("later.v1.Service", .serviceUnknown)] {
        var statuses = try client.stream(
          "grpc.health.v1.Health/Watch", Grpc_Health_V1_HealthCheckRequest.with { $0.service = service },
          as: Grpc_Health_V1_HealthCheckResponse.self
        ).makeAsyncIterator()
        #expect(try await statuses.next()?.status == first)
        live.probe.health.set(.notServing, for: service)
        #expect(try await statuses.next()?.status == .notServing)
        live.probe.health.set(.serving, for: service)
        #expect(try await statuses.next()?.status == .serving)
      }
    }
  }

  private typealias Status = Grpc_Health_V1_HealthCheckResponse.ServingStatus

  private func status(of service: String, _ client: RPCClient) async throws -> Status {
    let response: Grpc_Health_V1_HealthCheckResponse = try await client.call(
      "grpc.health.v1.Health/Check", Grpc_Health_V1_HealthCheckRequest.with { $0.service = service })
    return response.status
  }

  // MARK: Reflection

  /// Asks several things on one stream.
  private func ask(_ live: LiveServer, _ version: String, _ questions: [Ask]) async throws -> [Told] {
    let peer = try await live.http2()
    let stream = peer.open("/grpc.reflection.\(version).ServerReflection/ServerReflectionInfo", grpc)
    var answers: [Told] = []
    var reader = Enveloped.Reader()
    for question in questions {
      // The messages of both versions are the same, byte by byte.
      peer.push(stream, Enveloped(try question.serializedBytes()).encoded())
      var answer: Enveloped?
      while answer == nil {
        reader.append(try await peer.takeBody(stream))
        answer = reader.next()
      }
      answers.append(try Told(serializedBytes: answer?.bytes ?? []))
    }
    peer.push(stream, [], end: true)
    #expect(try await peer.answer(stream).trailers["grpc-status"] == "0")
    return answers
  }

  private func files(_ told: Told) throws -> [String] {
    try told.fileDescriptorResponse.fileDescriptorProto.map {
      try Google_Protobuf_FileDescriptorProto(serializedBytes: $0).name
    }
  }

  @Test(arguments: ["v1", "v1alpha"])
  func `what there is: services, files, symbols, extensions`(version: String) async throws {
    try await LiveServer.with { live in
      let both = ["test/v1/service.proto", "test/v1/base.proto"]
      let answers = try await ask(
        live, version,
        [
          .with { $0.listServices = "" }, .with { $0.fileByFilename = both[0] },
          .with { $0.fileByFilename = both[1] }, .with { $0.fileContainingSymbol = "test.v1.EchoService" },
          .with { $0.fileContainingSymbol = "test.v1.EchoService.Echo" },
          .with { $0.fileContainingSymbol = "test.v1.Base.Inner" },
          .with { $0.fileContainingSymbol = "test.v1.Base.Kind" },
          .with { $0.fileContainingSymbol = "test.v1.first" },
          .with {
            $0.fileContainingExtension.containingType = "test.v1.Base"
            $0.fileContainingExtension.extensionNumber = 150
          }, .with { $0.allExtensionNumbersOfType = "test.v1.Base" },
          .with { $0.allExtensionNumbersOfType = "test.v1.Base.Inner" },
        ])
      let services = Set(answers[0].listServicesResponse.service.map(\.name))
      #expect(
        services.isSuperset(of: [
          "test.v1.EchoService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
          "grpc.reflection.v1alpha.ServerReflection",
        ]))
      #expect(try files(answers[1]) == both)
      #expect(try files(answers[2]) == [both[1]])
      for answer in answers[3...4] { #expect(try files(answer) == both) }
      for answer in answers[5...6] { #expect(try files(answer) == [both[1]]) }
      for answer in answers[7...8] { #expect(try files(answer) == both) }
      #expect(answers[9].allExtensionNumbersResponse.baseTypeName == "test.v1.Base")
      #expect(answers[9].allExtensionNumbersResponse.extensionNumber.sorted() == [101, 150])
      #expect(answers[10].allExtensionNumbersResponse.extensionNumber == [])
      #expect(answers[10].allExtensionNumbersResponse.baseTypeName == "test.v1.Base.Inner")
      #expect(answers[1].originalRequest.fileByFilename == both[0])
    }
  }

  @Test(arguments: ["v1", "v1alpha"])
  func `what there is not is NOT_FOUND, and the stream goes on`(version: String) async throws {
    try await LiveServer.with { live in
      let answers = try await ask(
        live, version,
        [
          .with { $0.fileByFilename = "none.proto" }, .with { $0.fileContainingSymbol = "none.v1.None" },
          .with { $0.fileContainingSymbol = "test.v1" },
          .with {
            $0.fileContainingExtension.containingType = "test.v1.Base"
            $0.fileContainingExtension.extensionNumber = 102
          }, .with { $0.allExtensionNumbersOfType = "none.v1.None" },
          .with { $0.allExtensionNumbersOfType = "test.v1.EchoService" },
          .with { $0.allExtensionNumbersOfType = "test.v1.Base.value" },
        ])
      for answer in answers {
        #expect(answer.errorResponse.errorCode == Failure.Code.notFound.rawValue)
        #expect(!answer.errorResponse.errorMessage.isEmpty)
      }
      let nothing = try await ask(live, version, [Ask()])
      #expect(nothing[0].errorResponse.errorCode == Failure.Code.invalidArgument.rawValue)
    }
  }
}
