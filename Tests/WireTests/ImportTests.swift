import API
import Client
import Foundation
import RPC
import TestSupport
import Testing

/// Files of work orders from a dealer's own programs.
@Suite(.timeLimit(.minutes(2))) struct ImportTests {
  @Test(arguments: ServerProcess.Transport.allCases)
  func `A3 a program with an API key imports a file larger than a stranger may send`(
    _ transport: ServerProcess.Transport
  ) async throws {
    let server = try await ServerProcess.start(transport)
    let shop = try await WireWorkshop.open(server)
    let made: ProtoCreateApiKeyResponse = try await shop.op.call(
      "AdminService/CreateApiKey",
      ProtoCreateApiKeyRequest.with {
        $0.requestID = WireWorkshop.newID()
        $0.locationID = shop.location
        $0.name = "DMS"
      })
    let request = request(for: shop)
    #expect(request.csv.count > Limits().strangerMessageBytes)
    let stranger = try await server.connect()
    await #expect {
      let _: ProtoImportWorkOrdersResponse = try await stranger.call(
        "WorkOrderService/ImportWorkOrders", request)
    } throws: { ($0 as? Failure)?.reason == "FRAME_TOO_LARGE" }
    let program = try await server.connect()
    let _: ProtoAuthenticateResponse = try await program.call(
      "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.apiKey = made.apiKey })
    let imported: ProtoImportWorkOrdersResponse = try await program.call(
      "WorkOrderService/ImportWorkOrders", request)
    #expect(imported.createdCount == 3000)
  }

  private func request(for shop: WireWorkshop) -> ProtoImportWorkOrdersRequest {
    let lines = (1...3000).map { "\($0),2027-03-01,08:00,AA-\($0),\"\(String(repeating: "x", count: 40))\"" }
    return .with {
      $0.requestID = WireWorkshop.newID()
      $0.locationID = shop.location
      $0.csv = Data(("number,date,time,plate,brand\n" + lines.joined(separator: "\n")).utf8)
    }
  }
}
