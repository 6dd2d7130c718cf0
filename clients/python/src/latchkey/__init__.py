"""Typed clients for a Latchkey server.

`latchkey.v1` is generated from the contract: messages in `*_pb2`, gRPC stubs in `*_pb2_grpc`, Connect clients in
`*_connect`. `latchkey.credentials` says who calls, and `latchkey.calls` opens channels and reads failures.
"""
