"""connectrpc in its three protocols, each with binary messages and with JSON."""

import unittest
from functools import partial

from cases import CallCases, ProductCases, over_both
from clients import ConnectRPC
from connectrpc.protocol import ProtocolType

over_both(globals(), "Connect", partial(ConnectRPC, ProtocolType.CONNECT, False), CallCases, ProductCases)
over_both(globals(), "ConnectJSON", partial(ConnectRPC, ProtocolType.CONNECT, True), CallCases, ProductCases)
over_both(globals(), "GRPCWeb", partial(ConnectRPC, ProtocolType.GRPC_WEB, False), CallCases, ProductCases)
over_both(globals(), "GRPCWebJSON", partial(ConnectRPC, ProtocolType.GRPC_WEB, True), CallCases, ProductCases)
over_both(globals(), "GRPC", partial(ConnectRPC, ProtocolType.GRPC, False), CallCases, ProductCases)
over_both(globals(), "GRPCJSON", partial(ConnectRPC, ProtocolType.GRPC, True), CallCases, ProductCases)

if __name__ == "__main__":
    unittest.main()
