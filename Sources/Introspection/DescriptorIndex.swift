import FoundationEssentials
import SwiftProtobuf

/// The files of a contract, found by their names and by what stands in them.
struct DescriptorIndex: Sendable {
  /// An extension: what it extends, and its number.
  struct Extension: Hashable {
    let type: String
    let number: Int32
  }

  /// A file as it is sent, and the files that it imports.
  private struct File {
    let encoded: [UInt8]
    let imports: [String]
  }

  private var files: [String: File] = [:]
  private var fileOfSymbol: [String: String] = [:]
  private var messages: Set<String> = []
  private var fileOfExtension: [Extension: String] = [:]
  private(set) var extensionNumbers: [String: [Int32]] = [:]
  /// Full names, sorted.
  private(set) var services: [String] = []

  /// - Parameter sets: encoded `google.protobuf.FileDescriptorSet`s; a file that stands in several is taken once.
  init(_ sets: [[UInt8]]) throws {
    for set in sets {
      for file in try Google_Protobuf_FileDescriptorSet(serializedBytes: set).file
      where files[file.name] == nil {
        files[file.name] = File(encoded: try file.serializedBytes(), imports: file.dependency)
        add(file)
      }
    }
    services.sort()
  }

  private mutating func add(_ file: Google_Protobuf_FileDescriptorProto) {
    let scope = file.package
    for message in file.messageType { add(message, in: scope, file.name) }
    for type in file.enumType { add(type, in: scope, file.name) }
    add(file.extension, in: scope, file.name)
    for service in file.service {
      let name = Self.joined(scope, service.name)
      services.append(name)
      fileOfSymbol[name] = file.name
      for method in service.method { fileOfSymbol[Self.joined(name, method.name)] = file.name }
    }
  }

  private mutating func add(_ message: Google_Protobuf_DescriptorProto, in scope: String, _ file: String) {
    let name = Self.joined(scope, message.name)
    messages.insert(name)
    fileOfSymbol[name] = file
    for field in message.field { fileOfSymbol[Self.joined(name, field.name)] = file }
    for oneof in message.oneofDecl { fileOfSymbol[Self.joined(name, oneof.name)] = file }
    for nested in message.nestedType { add(nested, in: name, file) }
    for type in message.enumType { add(type, in: name, file) }
    add(message.extension, in: name, file)
  }

  /// The values of an enum stand beside it.
  private mutating func add(_ type: Google_Protobuf_EnumDescriptorProto, in scope: String, _ file: String) {
    fileOfSymbol[Self.joined(scope, type.name)] = file
    for value in type.value { fileOfSymbol[Self.joined(scope, value.name)] = file }
  }

  private mutating func add(
    _ extensions: [Google_Protobuf_FieldDescriptorProto], in scope: String, _ file: String
  ) {
    for field in extensions {
      let type = String(field.extendee.drop { $0 == "." })
      fileOfSymbol[Self.joined(scope, field.name)] = file
      fileOfExtension[Extension(type: type, number: field.number)] = file
      extensionNumbers[type, default: []].append(field.number)
    }
  }

  private static func joined(_ scope: String, _ name: String) -> String {
    scope.isEmpty ? name : "\(scope).\(name)"
  }

  // MARK: Asking

  func file(named name: String) -> String? { files[name] == nil ? nil : name }
  func file(containing symbol: String) -> String? { fileOfSymbol[symbol] }
  func file(containing wanted: Extension) -> String? { fileOfExtension[wanted] }
  func isMessage(_ name: String) -> Bool { messages.contains(name) || extensionNumbers[name] != nil }

  /// A file, encoded, and then those that it imports, each once.
  func encoded(withImportsOf name: String) -> [[UInt8]] {
    var encoded: [[UInt8]] = []
    var seen: Set<String> = []
    var waiting = [name]
    while let next = waiting.popLast() {
      guard seen.insert(next).inserted, let file = files[next] else { continue }
      encoded.append(file.encoded)
      waiting += file.imports
    }
    return encoded
  }
}

extension [UInt8] {
  /// Bytes that a program carries as text.
  init(descriptors base64: String) {
    guard let data = Data(base64Encoded: base64) else {
      preconditionFailure("generated descriptors are Base64")
    }
    self.init(data)
  }
}
