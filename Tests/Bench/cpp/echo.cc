// An echo server on gRPC for C++ 1.51, as Debian packages it, with its callback API: a peer that Latchkey's gRPC is
// measured against. Listens on a port of 127.0.0.1 that the system chooses and prints it.
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <memory>

#include "echo.grpc.pb.h"

namespace {

class Echo final : public bench::Echo::CallbackService {
  grpc::ServerUnaryReactor *Async(grpc::CallbackServerContext *context, const google::protobuf::BytesValue *request,
                                  google::protobuf::BytesValue *reply) override {
    *reply = *request;
    auto *reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main() {
  Echo service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::fputs("echo: cannot listen\n", stderr);
    return 1;
  }
  std::printf("%d\n", port);
  std::fflush(stdout);
  server->Wait();
  return 0;
}
