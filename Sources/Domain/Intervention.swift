/// One agreed piece of work.
public struct Intervention: Hashable, Sendable {
  public var name: String
  public var remark: String
  /// Including VAT. Means nothing to people while `isPriceHidden`.
  public var priceCents: Int64
  public var isPriceHidden: Bool
  /// The customer agreed to it (C6, D6).
  public var isAgreed: Bool

  public init(
    name: String, remark: String = "", priceCents: Int64 = 0, isPriceHidden: Bool = false,
    isAgreed: Bool = false
  ) {
    self.name = name
    self.remark = remark
    self.priceCents = priceCents
    self.isPriceHidden = isPriceHidden
    self.isAgreed = isAgreed
  }
}
