import API
import ArgumentParser
import Foundation

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import work orders from a CSV file.",
    discussion: """
      The first line names the columns: number, date (YYYY-MM-DD), time (HH:MM), plate; and optionally brand,
      model, driver_name, driver_email, driver_mobile, driver_business_email, driver_business_mobile, language,
      work (separated by |). Good lines are taken; each bad one is reported. Importing twice changes nothing.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var location: LocationOptions
  @Argument(help: "The file; - for standard input.") var file: String

  func run() async throws {
    guard
      let csv = file == "-"
        ? try FileHandle.standardInput.readToEnd() : FileManager.default.contents(atPath: file)
    else { throw CommandFailure("Cannot read '\(file)'.") }
    try await Operator.run(data) { op in
      let place = try await op.location(location.name)
      let response: ProtoImportWorkOrdersResponse = try await op.call(
        "WorkOrderService/ImportWorkOrders",
        ProtoImportWorkOrdersRequest.with {
          $0.requestID = newRequestID
          $0.locationID = place.locationID
          $0.csv = csv
        })
      print(
        "\(response.createdCount) created, \(response.updatedCount) updated, "
          + "\(response.unchangedCount) unchanged, \(response.errorCount) errors")
      for error in response.errors { print("line \(error.line), \(error.field): \(error.description_p)") }
      if response.errorCount > 0 { throw ExitCode(2) }
    }
  }
}
