import API
import Foundation
import SwiftProtobuf

/// The contract as compiled: the committed descriptor set, with its comments.
struct Contract {
  static let path = "Protos/latchkey.binpb"

  let services: [Service]
  let messages: [Element<Google_Protobuf_DescriptorProto>]
  let enums: [Element<Google_Protobuf_EnumDescriptorProto>]
  /// Every comment of every file, of fields too.
  let comments: [String]

  /// Something that the contract declares, and the comment above it.
  struct Element<Descriptor> {
    let name: String
    let comment: String
    let descriptor: Descriptor
  }

  struct Service {
    let name: String
    let comment: String
    let methods: [Element<Google_Protobuf_MethodDescriptorProto>]
  }

  static func committed() throws -> Contract { Contract(try set(path)) }

  /// - Parameter path: from the repository's root.
  static func set(_ path: String) throws -> Google_Protobuf_FileDescriptorSet {
    try Google_Protobuf_FileDescriptorSet(
      serializedBytes: Data(contentsOf: URL(filePath: root + "/" + path)), extensions: ProtoAccess_Extensions)
  }

  init(_ set: Google_Protobuf_FileDescriptorSet) {
    var services: [Service] = []
    var messages: [Element<Google_Protobuf_DescriptorProto>] = []
    var enums: [Element<Google_Protobuf_EnumDescriptorProto>] = []
    var comments: [String] = []
    for file in set.file {
      let written = Comments(file)
      comments += written.all
      services += file.service.enumerated().map { number, service in
        let methods = service.method.enumerated().map { position, method in
          Element(
            name: "\(file.package).\(service.name)/\(method.name)",
            comment: written.above(.service, number, position), descriptor: method)
        }
        return Service(
          name: "\(file.package).\(service.name)", comment: written.above(.service, number), methods: methods)
      }
      messages += file.messageType.enumerated().map { number, message in
        Element(
          name: "\(file.package).\(message.name)", comment: written.above(.message, number),
          descriptor: message)
      }
      enums += file.enumType.enumerated().map { number, type in
        Element(name: "\(file.package).\(type.name)", comment: written.above(.enum, number), descriptor: type)
      }
    }
    self.services = services
    self.messages = messages
    self.enums = enums
    self.comments = comments
  }

  var methods: [Element<Google_Protobuf_MethodDescriptorProto>] { services.flatMap(\.methods) }

  /// The request message of a method.
  func request(of method: Google_Protobuf_MethodDescriptorProto) -> Google_Protobuf_DescriptorProto? {
    messages.first { "." + $0.name == method.inputType }?.descriptor
  }

  /// The repository's root, found beside this file.
  static let root: String = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in
    url.deletingLastPathComponent()
  }.path(percentEncoded: false)
}

/// The comments of one file, by where they stand.
private struct Comments {
  /// Field numbers of `FileDescriptorProto`: the first step of a path.
  enum Kind: Int32 {
    case message = 4
    case `enum` = 5
    case service = 6
  }

  /// Field number of `ServiceDescriptorProto.method`.
  private static let method: Int32 = 2

  let all: [String]
  private let leading: [[Int32]: String]

  init(_ file: Google_Protobuf_FileDescriptorProto) {
    let locations = file.sourceCodeInfo.location
    all = locations.flatMap { [$0.leadingComments, $0.trailingComments] + $0.leadingDetachedComments }
    leading = Dictionary(locations.map { ($0.path, $0.leadingComments) }) { first, _ in first }
  }

  func above(_ kind: Kind, _ number: Int, _ method: Int? = nil) -> String {
    let path = [kind.rawValue, Int32(number)] + (method.map { [Self.method, Int32($0)] } ?? [])
    return leading[path] ?? ""
  }
}
