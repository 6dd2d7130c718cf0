// Calls Latchkey over gRPC from Go: with code that Debian's protoc-gen-go generates from Protos/, and grpc-go 1.33
// as Debian packages it. Says what it was told, and ends with 1 where that is not what the contract says.
//
//	grpc-client -server 127.0.0.1:7480 [-ca server.pem] -api-key KEY -location 1
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	latchkey "latchkeypb/latchkey/v1"
)

const patience = 10 * time.Second

func main() {
	server := flag.String("server", "127.0.0.1:7480", "host:port")
	ca := flag.String("ca", "", "certificates to trust, a PEM file; without it plain text is spoken")
	apiKey := flag.String("api-key", os.Getenv("LATCHKEY_API_KEY"), "who calls")
	location := flag.Int64("location", 1, "where work orders are imported")
	flag.Parse()

	security := grpc.WithInsecure()
	if *ca != "" {
		trusted, err := credentials.NewClientTLSFromFile(*ca, "")
		check(err)
		security = grpc.WithTransportCredentials(trusted)
	}
	connection, err := grpc.Dial(*server, security)
	check(err)
	defer connection.Close()

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	healthy(ctx, connection)
	strangersAreRefused(ctx, connection)

	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+*apiKey)
	workOrders := latchkey.NewWorkOrderServiceClient(connection)
	imported, err := workOrders.ImportWorkOrders(ctx, &latchkey.ImportWorkOrdersRequest{
		RequestId:  fmt.Sprintf("go-%d", time.Now().UnixNano()),
		LocationId: *location,
		Csv:        []byte("number,date,time,plate\ngo-1,2031-03-01,08:00,AB-123-C\n"),
	})
	check(err)
	fmt.Println("imported:", imported.CreatedCount)
	faultsAreNamed(ctx, workOrders, *location)
	follow(ctx, connection, *location)
	deadlineIsKept(ctx, connection, *location)
}

func healthy(ctx context.Context, connection *grpc.ClientConn) {
	answer, err := grpc_health_v1.NewHealthClient(connection).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	check(err)
	expect("health", answer.Status.String(), "SERVING")
}

func strangersAreRefused(ctx context.Context, connection *grpc.ClientConn) {
	_, err := latchkey.NewWorkOrderServiceClient(connection).GetWorkOrder(ctx, &latchkey.GetWorkOrderRequest{})
	refused := status.Convert(err)
	expect("code", refused.Code().String(), codes.Unauthenticated.String())
	expect("reason", reason(refused), "NOT_SIGNED_IN")
	fmt.Println("refused:", refused.Message())
}

func faultsAreNamed(ctx context.Context, workOrders latchkey.WorkOrderServiceClient, location int64) {
	_, err := workOrders.ListWorkOrders(ctx, &latchkey.ListWorkOrdersRequest{
		LocationId: location, FromDate: "soon", ToDate: "2031-03-01",
	})
	refused := status.Convert(err)
	expect("code", refused.Code().String(), codes.InvalidArgument.String())
	expect("reason", reason(refused), "INVALID_FIELD")
	for _, detail := range refused.Details() {
		if request, ok := detail.(*errdetails.BadRequest); ok {
			expect("field", request.FieldViolations[0].Field, "from_date")
			return
		}
	}
	log.Fatalf("no field is named in %v", refused.Details())
}

// follow reads the events of a location up to the import, each after the one before.
func follow(ctx context.Context, connection *grpc.ClientConn, location int64) {
	events, err := latchkey.NewEventServiceClient(connection).WatchEvents(
		ctx, &latchkey.WatchEventsRequest{LocationId: location, AfterNumber: 1})
	check(err)
	for number := int64(2); ; number++ {
		answer, err := events.Recv()
		check(err)
		expect("number", fmt.Sprint(answer.Event.Number), fmt.Sprint(number))
		if answer.Event.Kind == "WORK_ORDER_CREATED" {
			fmt.Println("followed to event", number)
			return
		}
	}
}

func deadlineIsKept(ctx context.Context, connection *grpc.ClientConn, location int64) {
	ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	events, err := latchkey.NewEventServiceClient(connection).WatchEvents(
		ctx, &latchkey.WatchEventsRequest{LocationId: location})
	check(err)
	for err == nil {
		_, err = events.Recv()
	}
	expect("code", status.Code(err).String(), codes.DeadlineExceeded.String())
}

func reason(refused *status.Status) string {
	for _, detail := range refused.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.Reason
		}
	}
	return ""
}

func expect(what, got, want string) {
	if got != want {
		log.Fatalf("%s is %q, want %q", what, got, want)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
