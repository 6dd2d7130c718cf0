import API
import RPC

/// Lists, read to their end.
extension Operator {
  func locations() async throws -> [ProtoLocation] {
    try await all("AdminService/ListLocations", \ProtoListLocationsResponse.nextPageToken, \.locations) {
      token in
      ProtoListLocationsRequest.with { $0.pageToken = token }
    }
  }

  func lockers(at location: ProtoLocation) async throws -> [ProtoLocker] {
    try await all("AdminService/ListLockers", \ProtoListLockersResponse.nextPageToken, \.lockers) { token in
      ProtoListLockersRequest.with { ($0.locationID, $0.pageToken) = (location.locationID, token) }
    }
  }

  func staff(at location: ProtoLocation) async throws -> [ProtoStaff] {
    try await all("AdminService/ListStaff", \ProtoListStaffResponse.nextPageToken, \.staff) { token in
      ProtoListStaffRequest.with { ($0.locationID, $0.pageToken) = (location.locationID, token) }
    }
  }

  func devices(at location: ProtoLocation) async throws -> [ProtoDevice] {
    try await all("AdminService/ListDevices", \ProtoListDevicesResponse.nextPageToken, \.devices) { token in
      ProtoListDevicesRequest.with { ($0.locationID, $0.pageToken) = (location.locationID, token) }
    }
  }

  func custody(at location: ProtoLocation) async throws -> [ProtoKey] {
    try await all("AdminService/ListCustody", \ProtoListCustodyResponse.nextPageToken, \.keys) { token in
      ProtoListCustodyRequest.with { ($0.locationID, $0.pageToken) = (location.locationID, token) }
    }
  }

  func apiKeys(at location: ProtoLocation) async throws -> [ProtoApiKey] {
    try await all("AdminService/ListApiKeys", \ProtoListApiKeysResponse.nextPageToken, \.apiKeys) { token in
      ProtoListApiKeysRequest.with { ($0.locationID, $0.pageToken) = (location.locationID, token) }
    }
  }

  private func all<Request: WireMessage, Response: WireMessage, Item>(
    _ method: String, _ next: (Response) -> String, _ items: (Response) -> [Item],
    _ request: (_ token: String) -> Request
  ) async throws -> [Item] {
    var found: [Item] = []
    var token = ""
    repeat {
      let page: Response = try await call(method, request(token))
      found += items(page)
      token = next(page)
    } while token != ""
    return found
  }
}
