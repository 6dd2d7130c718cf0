package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	callsPerVisit  = 20
	pause          = 10 * time.Millisecond
	callTimeout    = 10 * time.Second
	streamTime     = 300 * time.Millisecond
	messagesEnough = 50
	// Every so many visits something is written: the database grows, slowly.
	visitsPerWrite = 4
)

// caller comes, calls, opens a stream, goes, and comes again.
type caller struct {
	wire
	at       place
	name     string
	location int64
	day      string
	counts   *counts

	visits int
	cursor int64
}

type request struct {
	method string
	message
	// What the answer has to hold; or the code that refuses it.
	holds string
	code  int
}

func (c *caller) reads() []request {
	return []request{
		{method: "grpc.health.v1.Health/Check"},
		{method: "latchkey.v1.AuthService/WhoAmI"},
		{
			method: "latchkey.v1.WorkOrderService/GetWorkOrder", holds: c.name,
			message: message{}.integer(2, "locationId", c.location).text(3, "number", c.name),
		},
		{
			method: "latchkey.v1.WorkOrderService/ListWorkOrders", holds: c.day,
			message: message{}.integer(1, "locationId", c.location).text(2, "fromDate", c.day).
				text(3, "toDate", c.day),
		},
		{
			method: "latchkey.v1.WorkOrderService/GetWorkOrder", code: codeNotFound,
			message: message{}.integer(2, "locationId", c.location).text(3, "number", "nobody's"),
		},
	}
}

func (c *caller) write() request {
	vehicle := message{}.text(1, "plate", "AB-12-CD").text(3, "model", fmt.Sprintf("Model %d", c.visits))
	driver := message{}.choice(1, "role", 1, "CONTACT_ROLE_DRIVER").text(2, "name", "A. Driver")
	order := message{}.integer(2, "locationId", c.location).text(3, "number", c.name).
		text(4, "localTime", c.day+"T09:30").inner(6, "vehicle", vehicle).
		list(7, "contacts", driver)
	return request{
		method: "latchkey.v1.WorkOrderService/UpsertWorkOrder", holds: c.name,
		message: message{}.text(1, "requestId", fmt.Sprintf("%s-%d", c.name, c.visits)).inner(2, "workOrder", order),
	}
}

// run visits until ctx is over.
func (c *caller) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := c.visit(ctx); err != nil {
			c.counts.failed(c.wire.name, err)
			time.Sleep(time.Second)
		}
		c.visits++
	}
}

func (c *caller) visit(ctx context.Context) error {
	connection, err := c.dial(c.at)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	c.counts.add(c.wire.name, "connections", 1)
	if c.visits%visitsPerWrite == 0 {
		if err := c.ask(connection, c.write()); err != nil {
			connection.close()
			return err
		}
	}
	reads := c.reads()
	for i := 0; i < callsPerVisit && ctx.Err() == nil; i++ {
		time.Sleep(pause)
		if err := c.ask(connection, reads[i%len(reads)]); err != nil {
			connection.close()
			return err
		}
	}
	return c.watchAndGo(connection)
}

func (c *caller) ask(connection connection, asked request) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	answer, err := connection.call(ctx, asked.method, asked.message)
	c.counts.add(c.wire.name, "calls", 1)
	var refused refusal
	switch {
	case asked.code != 0 && errors.As(err, &refused) && refused.code == asked.code:
		return nil
	case asked.code != 0:
		return fmt.Errorf("%s was not refused: %w", asked.method, err)
	case err != nil:
		return fmt.Errorf("%s: %w", asked.method, err)
	case !bytes.Contains(answer, []byte(asked.holds)):
		return fmt.Errorf("%s: %q does not hold %q", asked.method, answer, asked.holds)
	}
	return nil
}

// watchAndGo opens a stream, has enough of it in one of three ways, and leaves.
func (c *caller) watchAndGo(connection connection) error {
	switch c.visits % 3 {
	case 0:
		defer connection.close()
		return c.watch(connection, c.cursor, -1)
	case 1:
		defer connection.close()
		return c.watch(connection, 0, messagesEnough)
	default:
		return c.drop(connection)
	}
}

// watch follows events after a cursor, until there were enough or the time is over: then it is cancelled.
func (c *caller) watch(connection connection, after int64, enough int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer time.AfterFunc(streamTime, cancel).Stop()
	var failure error
	count, last := 0, after
	asked := message{}.integer(1, "locationId", c.location).integer(2, "afterNumber", after)
	err := connection.stream(ctx, "latchkey.v1.EventService/WatchEvents", asked, func(answer []byte) bool {
		number, err := eventNumber(answer, c.isJSON)
		if err == nil && number != last+1 {
			err = fmt.Errorf("event %d came after %d", number, last)
		}
		failure = err
		last = number
		count++
		return err == nil && count != enough
	})
	c.counts.add(c.wire.name, "streams", 1)
	c.counts.add(c.wire.name, "messages", int64(count))
	if last > c.cursor {
		c.cursor = last
	}
	if err != nil {
		return fmt.Errorf("watching: %w", err)
	}
	return failure
}

// drop goes without a word, in the midst of a stream.
func (c *caller) drop(connection connection) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	count := 0
	_ = connection.stream(ctx, "grpc.health.v1.Health/Watch", message{}, func([]byte) bool {
		count++
		connection.drop()
		return true
	})
	c.counts.add(c.wire.name, "dropped", 1)
	if count == 0 {
		return errors.New("health: the stream has ended before its first message")
	}
	return nil
}
