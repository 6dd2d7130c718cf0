import API
import Foundation
import SwiftProtobuf
import TestSupport

/// The methods of the contract, their callers, and every field of their requests: read from the committed
/// descriptor set, so that a new field is attacked the day it is written.
struct Schema {
  struct Method {
    let name: MethodName
    let access: ProtoAccess
    let isStream: Bool
    /// It changes nothing.
    let isReading: Bool
    /// In the order of the contract, those of sub-messages behind their message.
    let fields: [Field]

    var callers: [ProtoCaller] { access.callers }
  }

  /// One field of a request, however deep.
  struct Field {
    let descriptor: Google_Protobuf_FieldDescriptorProto
    /// Field numbers from the request down to it.
    let path: [Int]
    /// As a violation names it, without indices: `work_order.contacts.role`.
    let name: String
    /// The numbers that its enum knows.
    let known: Set<Int32>

    var number: Int { Int(descriptor.number) }
    var isRepeated: Bool { descriptor.label == .repeated }
    var kind: Google_Protobuf_FieldDescriptorProto.TypeEnum { descriptor.type }
  }

  let methods: [Method]

  static func committed() throws -> Schema {
    let url = ServerProcess.root.appending(path: "Protos/latchkey.binpb")
    return try Schema(
      Google_Protobuf_FileDescriptorSet(
        serializedBytes: Data(contentsOf: url), extensions: ProtoAccess_Extensions))
  }

  init(_ set: Google_Protobuf_FileDescriptorSet) {
    var messages: [String: Google_Protobuf_DescriptorProto] = [:]
    var enums: [String: Set<Int32>] = [:]
    for file in set.file {
      for message in file.messageType { messages[".\(file.package).\(message.name)"] = message }
      for type in file.enumType { enums[".\(file.package).\(type.name)"] = Set(type.value.map(\.number)) }
    }
    methods = set.file.flatMap(\.service).flatMap { service in
      service.method.map { method in
        Method(
          name: MethodName("\(service.name)/\(method.name)"),
          access: method.options.Protoaccess, isStream: method.serverStreaming,
          isReading: method.serverStreaming || method.options.idempotencyLevel == .noSideEffects,
          fields: Self.fields(of: method.inputType, below: [], named: "", messages, enums))
      }
    }
  }

  /// Messages of others (a timestamp) have fields too, by numbers that the published types fix.
  private static let published: [String: Google_Protobuf_DescriptorProto] = [
    ".google.protobuf.Timestamp": .with {
      $0.field = [
        .with { ($0.name, $0.number, $0.type) = ("seconds", 1, .int64) },
        .with { ($0.name, $0.number, $0.type) = ("nanos", 2, .int32) },
      ]
    }
  ]

  private static func fields(
    of type: String, below path: [Int], named prefix: String,
    _ messages: [String: Google_Protobuf_DescriptorProto], _ enums: [String: Set<Int32>]
  ) -> [Field] {
    guard let message = messages[type] ?? published[type] else {
      preconditionFailure("the descriptor set does not hold \(type)")
    }
    return message.field.flatMap { descriptor -> [Field] in
      let here = path + [Int(descriptor.number)]
      let name = prefix + descriptor.name
      let field = Field(
        descriptor: descriptor, path: here, name: name, known: enums[descriptor.typeName] ?? [])
      guard descriptor.type == .message else { return [field] }
      return [field] + fields(of: descriptor.typeName, below: here, named: name + ".", messages, enums)
    }
  }
}
