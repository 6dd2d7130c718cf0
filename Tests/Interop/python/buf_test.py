"""`buf curl` in its three protocols, with the contract at hand, and with what the server says of it."""

import unittest
from functools import partial

from cases import CallCases, ProductCases, over_both
from clients import BufCurl
from servers import ROOT

INTEROP, CONTRACT = ROOT / "Tests/Interop/protos", ROOT / "Protos"

for protocol, name in (("connect", "Connect"), ("grpc", "GRPC"), ("grpcweb", "GRPCWeb")):
    over_both(globals(), f"{name}WithSchema", partial(BufCurl, protocol, INTEROP), CallCases)
    over_both(globals(), f"{name}WithSchema", partial(BufCurl, protocol, CONTRACT), ProductCases)
    over_both(globals(), f"{name}ByReflection", partial(BufCurl, protocol, None), CallCases, ProductCases)
over_both(
    globals(), "ByOlderReflection", partial(BufCurl, "grpc", None, reflection="grpc-v1alpha"), ProductCases
)

if __name__ == "__main__":
    unittest.main()
