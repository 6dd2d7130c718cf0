import API
import Domain
import RPC
import TestSupport
import Testing

/// A3: work orders from a CSV file.
@Suite(.timeLimit(.minutes(10))) struct ImportTests {
  private func take(_ shop: Workshop, _ csv: String, id: String? = nil) async throws
    -> ProtoImportWorkOrdersResponse
  {
    try await take(shop, Array(csv.utf8), id: id)
  }

  private func take(
    _ shop: Workshop, _ csv: [UInt8], id: String? = nil
  ) async throws -> ProtoImportWorkOrdersResponse {
    try await shop.world.workOrders.importWorkOrders(
      .with {
        $0.requestID = id ?? shop.world.requestID
        $0.locationID = shop.location.locationID
        $0.csv = .init(csv)
      }, shop.world.operatorContext)
  }

  private func find(_ shop: Workshop, _ number: String) async throws -> ProtoWorkOrder {
    try await shop.world.workOrders.getWorkOrder(
      .with {
        $0.locationID = shop.location.locationID
        $0.number = number
      }, shop.world.operatorContext
    ).workOrder
  }

  private let file = """
    number,date,time,plate,brand,driver_name,driver_email,driver_mobile,work
    1,2027-03-01,08:00,AA-001-A,Volvo,Anna,anna@example.org,0612345678,Service|Tyres
    2,2027-03-01,09:00,AA-002-A,"Saab, old",Bram,,,
    """

  @Test func `A3 a file is taken whole, and taking it again changes nothing`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let first = try await take(shop, file)
    #expect(first.createdCount == 2)
    #expect(first.updatedCount == 0)
    #expect(first.errorCount == 0)
    let anna = try await find(shop, "1")
    #expect(anna.interventions.map(\.name) == ["Service", "Tyres"])
    #expect(anna.contacts.map(\.privateEmail) == ["anna@example.org"])
    #expect(try await find(shop, "2").vehicle.brand == "Saab, old")
    let log = try await shop.log()
    let again = try await take(shop, file)
    #expect(again.unchangedCount == 2)
    #expect(again.createdCount + again.updatedCount + again.errorCount == 0)
    #expect(try await shop.log() == log)
    let changed = try await take(shop, file.replacing("09:00", with: "09:30"))
    #expect(changed.updatedCount == 1)
    #expect(changed.unchangedCount == 1)
    #expect(try await find(shop, "2").localTime == "2027-03-01T09:30")
  }

  @Test func `A3 semicolons, carriage returns, a byte order mark and another order of columns are fine`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let csv = "PLATE;time;Number;date\r\nAA-001-A;08:00;\"7;8\";2027-03-01\r\n\r\nAA-002-A;09:00;9;2027-03-01"
    #expect(try await take(shop, [0xEF, 0xBB, 0xBF] + Array(csv.utf8)).createdCount == 2)
    #expect(try await find(shop, "7;8").vehicle.plate == "AA-001-A")
  }

  @Test func `A3 good lines are taken, and each bad one is reported with its line, field and why`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let answer = try await take(
      shop,
      """
      number,date,time,plate,driver_email
      1,2027-03-01,08:00,AA-001-A,
      2,2027-02-30,25:00,AA-002-A,
      3,2027-03-01,08:00,AA-003-A
      ,2027-03-01,08:00,--,nowhere
      1,2027-03-01,08:00,AA-001-A,
      6,2027-03-01,08:00,AA-006-A,six@example.org
      """)
    #expect(answer.createdCount == 2)
    #expect(
      answer.errors.map { "\($0.line) \($0.field)" } == [
        "3 date", "3 time", "4 ", "5 number", "5 plate", "5 driver_email", "6 number",
      ])
    #expect(answer.errorCount == 7)
    #expect(answer.errors.allSatisfy { !$0.description_p.isEmpty })
    #expect(!answer.errors.contains { $0.description_p.contains("nowhere") })
    for number in ["2", "3"] {
      #expect(try await failure { try await find(shop, number) }?.reason == "NOT_FOUND")
    }
  }

  @Test func `C14 a cancelled number is reported, and the other lines are taken`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    _ = try await take(shop, file)
    let first = try await find(shop, "1")
    _ = try await shop.world.workOrders.cancelWorkOrder(
      .with {
        $0.requestID = shop.world.requestID
        $0.workOrderID = first.workOrderID
        $0.reason = .customer
      }, shop.world.operatorContext)
    let answer = try await take(shop, file.replacing("Saab, old", with: "Saab"))
    #expect(answer.errors.map { "\($0.line) \($0.field)" } == ["2 number"])
    #expect(answer.updatedCount == 1)
    #expect(try await find(shop, "1").status == .cancelled)
  }

  @Test func `A3 a repeated request is answered as the first time`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let first = try await take(shop, file, id: "import")
    #expect(try await take(shop, file, id: "import") == first)
    #expect(
      try await failure { try await take(shop, "\(file)\n", id: "import") }?.reason == "REQUEST_ID_REUSED")
  }

  @Test(
    arguments: [
      Array("".utf8), Array("1,2027-03-01,08:00,AA-001-A".utf8), Array("number,date,time".utf8),
      Array("number,date,time,plate,colour".utf8), Array("number,date,time,plate,plate".utf8),
      Array("number,date,time,plate\n".utf8) + [0xFF, 0xFE],
      Array(repeating: UInt8(ascii: "\n"), count: 20_001),
    ] as [[UInt8]])
  func `A3 a file that is none is refused as a whole`(csv: [UInt8]) async throws {
    let shop = try await Workshop.open(boxes: 1)
    let refusal = try await failure { try await take(shop, csv) }
    #expect(refusal?.reason == "INVALID_CSV")
    #expect(refusal?.code == .invalidArgument)
    #expect(refusal?.message.isEmpty == false)
  }

  @Test func `A3 of very many faults the first thousand are told, and how many there were`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let lines = (1...1200).map { "\($0),2027-02-30,08:00,AA-001-A" }
    let answer = try await take(shop, "number,date,time,plate\n" + lines.joined(separator: "\n"))
    #expect(answer.errors.count == 1000)
    #expect(answer.errorCount == 1200)
    #expect(answer.errors.first?.line == 2)
    #expect(answer.errors.last?.line == 1001)
  }

  @Test func `A3 a file and single calls are one: what came by file is updated by number`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    _ = try await take(shop, file)
    let booked = try await shop.book("1")
    #expect(booked.workOrderID == (try await find(shop, "1").workOrderID))
    #expect(try await shop.log(.workOrderCreated).count == 2)
  }

  @Test func `A3 a file that says less erases nothing`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let before = try await shop.store(try await shop.book("1")) {
      $0.interventions = [
        .with {
          $0.name = "Service"
          $0.remark = "Long life oil"
          $0.priceCents = 24_900
        }
      ]
      $0.contacts.append(
        .with {
          $0.role = .owner
          $0.name = "Owner"
          $0.businessEmail = "owner@example.org"
        })
    }
    let answer = try await take(shop, "number,date,time,plate\n1,2027-03-01,11:00,AB-123-C\n")
    #expect(answer.updatedCount == 1)
    var expected = before
    expected.localTime = "2027-03-01T11:00"
    #expect(try await find(shop, "1") == expected)
    _ = try await take(
      shop, "number,date,time,plate,driver_name,work\n1,2027-03-01,11:00,AB-123-C,New driver,Tyres|Service\n")
    let after = try await find(shop, "1")
    #expect(after.contacts.map(\.name) == ["New driver", "Owner"])
    #expect(after.contacts[0].privateMobile == before.contacts[0].privateMobile)
    #expect(Set(after.interventions.map(\.name)) == ["Tyres", "Service"])
    let service = try #require(after.interventions.first { $0.name == "Service" })
    #expect(service.priceCents == 24_900)
    #expect(service.remark == "Long life oil")
  }

  @Test func `A3 a large file is stored batch by batch, answers as one, and a repeat answers the same`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let lines = (1...450).map { "\($0),2027-03-01,08:00,AA-\($0)" }
    let csv = "number,date,time,plate\n" + lines.joined(separator: "\n")
    let first = try await take(shop, csv, id: "large")
    #expect(first.createdCount == 450)
    #expect(try await take(shop, csv, id: "large") == first)
    let reused = try await failure {
      try await take(shop, csv + "\n451,2027-03-01,08:00,AA-451", id: "large")
    }
    #expect(reused?.reason == "REQUEST_ID_REUSED")
    #expect(try await failure { try await find(shop, "451") }?.reason == "NOT_FOUND")
  }
}
