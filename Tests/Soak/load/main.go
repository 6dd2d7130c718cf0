// Calls one server over every wire, at a steady rate, from callers that come and go, with streams that are given up or
// dropped; and checks what it is answered.
//
//	load -socket PATH -ttrpc HOST:PORT -http HOST:PORT [-ca PEM] -seconds N
//
// Furnishes the server over the operator's socket. Prints what was done on each wire, as JSON; fails when a call went
// otherwise than it should.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

const (
	callersPerWire = 4
	failuresShown  = 20
)

// counts is what was done, by wire and kind.
type counts struct {
	mutex    sync.Mutex
	byWire   map[string]map[string]int64
	failures int
}

func (c *counts) add(wire, kind string, count int64) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.byWire[wire] == nil {
		c.byWire[wire] = map[string]int64{}
	}
	c.byWire[wire][kind] += count
}

func (c *counts) failed(wire string, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.failures++
	if c.failures <= failuresShown {
		fmt.Fprintf(os.Stderr, "load: %s: %v\n", wire, err)
	}
}

func main() {
	var at place
	socket := flag.String("socket", "", "the operator's socket")
	flag.StringVar(&at.ttrpc, "ttrpc", "", "where ttrpc is spoken")
	flag.StringVar(&at.http, "http", "", "where gRPC, gRPC-Web and Connect are spoken")
	ca := flag.String("ca", "", "PEM file of the certificates trusted; empty: plain text")
	seconds := flag.Float64("seconds", 60, "how long")
	flag.Parse()
	if err := run(at, *socket, *ca, time.Duration(*seconds*float64(time.Second))); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(at place, socket, ca string, duration time.Duration) error {
	var err error
	if at.roots, err = readRoots(ca); err != nil {
		return err
	}
	location, key, err := furnish(socket)
	if err != nil {
		return fmt.Errorf("furnishing: %w", err)
	}
	at.apiKey = key
	done := &counts{byWire: map[string]map[string]int64{}}
	ctx, cancel := context.WithTimeout(context.Background(), duration)
	defer cancel()
	var group sync.WaitGroup
	for number, wire := range wires {
		for i := 0; i < callersPerWire; i++ {
			caller := &caller{
				wire: wire, at: at, location: location, counts: done,
				name: fmt.Sprintf("S-%d-%d", number, i), day: time.Now().AddDate(0, 0, 1).Format("2006-01-02"),
			}
			group.Add(1)
			go func() {
				defer group.Done()
				caller.run(ctx)
			}()
		}
	}
	group.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(done.byWire); err != nil {
		return err
	}
	if done.failures > 0 {
		return fmt.Errorf("%d visits went wrong", done.failures)
	}
	return nil
}

// furnish makes a location and an API key for it.
func furnish(path string) (location int64, key string, err error) {
	socket, err := net.DialTimeout("unix", path, dialTimeout)
	if err != nil {
		return 0, "", err
	}
	operator := newTTRPC(socket)
	defer operator.close()
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	answer, err := operator.call(ctx, "latchkey.v1.AdminService/CreateLocation",
		message{}.text(1, "", "soak-location").text(2, "", "Garage").text(3, "", "Main street").
			text(4, "", "Europe/Amsterdam").text(5, "", "NL").text(6, "", "nl"))
	if err != nil {
		return 0, "", err
	}
	made, err := find(answer, 1)
	if err != nil {
		return 0, "", err
	}
	id, err := find(made.bytes, 1)
	if err != nil {
		return 0, "", err
	}
	answer, err = operator.call(ctx, "latchkey.v1.AdminService/CreateApiKey",
		message{}.text(1, "", "soak-key").integer(2, "", int64(id.integer)).text(3, "", "Load"))
	if err != nil {
		return 0, "", err
	}
	text, err := find(answer, 2)
	return int64(id.integer), string(text.bytes), err
}
