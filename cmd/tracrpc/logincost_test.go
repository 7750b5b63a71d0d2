package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

const (
	loginCalls  = 10_000
	loginRounds = 3
)

// BenchmarkLoginCost prints what ten thousand calls of a user cost the server in
// processor time: by a password that bcrypt has hashed, which is checked once in
// that time, and by a token. Each round has a user whose password was not checked
// before.
//
//	go test -run '^$' -bench LoginCost -benchtime 1x ./cmd/tracrpc
func BenchmarkLoginCost(b *testing.B) {
	dir := benchEnvironment(b)
	type round struct{ password, token string }
	var rounds []round
	for i := range loginRounds {
		name := fmt.Sprint("bench", i)
		runCommand(b, "secret\n", "user", "add", dir, name, "--password-stdin")
		rounds = append(rounds, round{password: name + ":secret", token: name + ":" + newToken(b, dir, name)})
	}
	server := startTracrpc(b, dir)
	var passwords, tokens, ratios []float64
	server.logins(b, rounds[0].token, loginCalls/10)
	for _, r := range rounds {
		token, password := server.logins(b, r.token, loginCalls), server.logins(b, r.password, loginCalls)
		passwords, tokens, ratios = append(passwords, password), append(tokens, token), append(ratios, password/token)
	}
	slices.Sort(ratios)
	middle := ratios[len(ratios)/2]
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%d calls by\tserver CPU\tagainst a token\n", loginCalls)
	fmt.Fprintf(table, "a token\t%.0f ms\t1.00\n", slices.Min(tokens))
	fmt.Fprintf(table, "a bcrypt password\t%.0f ms\t%.2f\n", slices.Min(passwords), middle)
	table.Flush()
	b.ReportMetric(middle, "password/token")
}

// logins makes calls with a name and what stands for the password, over a few
// connections, and is the processor time that they take the server, in
// milliseconds.
func (s serverProcess) logins(b *testing.B, credentials string, calls int) float64 {
	b.Helper()
	body := xmlBody("system.getAPIVersion")
	request := fmt.Appendf(nil, "POST /login/rpc HTTP/1.1\r\nHost: %s\r\nContent-Type: text/xml\r\nAuthorization: Basic %s\r\nContent-Length: %d\r\n\r\n%s",
		s.address, base64.StdEncoding.EncodeToString([]byte(credentials)), len(body), body)
	before := s.processor(b)
	var clients sync.WaitGroup
	for range costConnections {
		clients.Go(func() {
			if err := s.repeat(request, calls/costConnections); err != nil {
				b.Error(err)
			}
		})
	}
	clients.Wait()
	return float64(s.processor(b)-before) / float64(time.Millisecond)
}

// repeat sends one request a number of times over one connection.
func (s serverProcess) repeat(request []byte, times int) error {
	connection, err := net.Dial("tcp", s.address)
	if err != nil {
		return err
	}
	defer connection.Close()
	answers := bufio.NewReader(connection)
	for n := range times {
		if _, err := connection.Write(request); err != nil {
			return err
		}
		if err := readAnswer(answers, n == 0); err != nil {
			return err
		}
	}
	return nil
}
