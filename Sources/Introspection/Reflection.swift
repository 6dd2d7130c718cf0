public import RPC
import SwiftProtobuf

/// Tells tools which contract a server speaks, by `grpc.reflection` in both of its versions, from descriptors that the
/// program carries.
public struct Reflection: Sendable {
  private let index: DescriptorIndex

  /// - Parameter descriptors: an encoded `google.protobuf.FileDescriptorSet` with all that it imports. Health and
  ///   reflection themselves are known already.
  public init(descriptors: [UInt8]) throws {
    index = try DescriptorIndex([descriptors, [UInt8](descriptors: IntrospectionDescriptors.base64)])
  }

  /// The same from Base64, as `make generate` writes descriptors.
  public init(base64: String) throws {
    try self.init(descriptors: [UInt8](descriptors: base64))
  }

  /// Adds `ServerReflectionInfo`, in `v1` and `v1alpha`: the same messages under two names.
  ///
  /// - Parameter access: who may ask. The contract is no secret.
  public func add(to table: inout ProcedureTable, access: any AccessRule) {
    table.bidirectional("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", access: access) {
      [index] (requests: RequestStream<Grpc_Reflection_V1_ServerReflectionRequest>, _, responses) in
      for try await request in requests { try await responses.send(index.answer(request)) }
    }
    table.bidirectional("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", access: access) {
      [index] (requests: RequestStream<Grpc_Reflection_V1alpha_ServerReflectionRequest>, _, responses) in
      for try await request in requests {
        let answer = index.answer(
          try Grpc_Reflection_V1_ServerReflectionRequest(wireBytes: request.wireBytes()))
        try await responses.send(
          Grpc_Reflection_V1alpha_ServerReflectionResponse(wireBytes: answer.wireBytes()))
      }
    }
  }
}

extension DescriptorIndex {
  func answer(
    _ request: Grpc_Reflection_V1_ServerReflectionRequest
  ) -> Grpc_Reflection_V1_ServerReflectionResponse {
    var response = Grpc_Reflection_V1_ServerReflectionResponse()
    response.validHost = request.host
    response.originalRequest = request
    switch request.messageRequest {
    case .listServices:
      response.listServicesResponse.service = services.map { name in .with { $0.name = name } }
    case .fileByFilename(let name):
      response.messageResponse = found(file(named: name), "file", name)
    case .fileContainingSymbol(let name):
      response.messageResponse = found(file(containing: name), "symbol", name)
    case .fileContainingExtension(let wanted):
      let file = file(containing: Extension(type: wanted.containingType, number: wanted.extensionNumber))
      response.messageResponse = found(
        file, "extension", "\(wanted.containingType) \(wanted.extensionNumber)")
    case .allExtensionNumbersOfType(let type):
      guard isMessage(type) else {
        response.messageResponse = Self.missing("type", type)
        break
      }
      response.allExtensionNumbersResponse.baseTypeName = type
      response.allExtensionNumbersResponse.extensionNumber = extensionNumbers[type] ?? []
    case nil:
      response.errorResponse = .with {
        $0.errorCode = Failure.Code.invalidArgument.rawValue
        $0.errorMessage = "The request asks for nothing."
      }
    }
    return response
  }

  private func found(
    _ file: String?, _ kind: String, _ name: String
  ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
    guard let file else { return Self.missing(kind, name) }
    let files = encoded(withImportsOf: file)
    return .fileDescriptorResponse(.with { $0.fileDescriptorProto = files.map { .init($0) } })
  }

  private static func missing(
    _ kind: String, _ name: String
  ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
    .errorResponse(
      .with {
        $0.errorCode = Failure.Code.notFound.rawValue
        $0.errorMessage = "There is no \(kind) '\(name.prefix(200))' in this contract."
      })
  }
}
