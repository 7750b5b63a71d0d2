package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

// jsonClient calls with JSON-RPC as a user whose password is the name.
type jsonClient struct{ address, user string }

// jsonFault is the error that a call is answered with.
type jsonFault struct {
	Code    int
	Message string
}

func (f jsonFault) Error() string { return fmt.Sprintf("fault %d: %s", f.Code, f.Message) }

// call returns the answer as encoding/json reads it, or what went wrong.
func (c jsonClient) call(method string, arguments ...any) (any, error) {
	return callWith(c.address, c.user, c.user, method, arguments...)
}

// callWith is call with a password that may be another.
func callWith(address, user, password, method string, arguments ...any) (any, error) {
	if arguments == nil {
		arguments = []any{}
	}
	body, err := json.Marshal(map[string]any{"method": method, "params": arguments, "id": 1})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodPost, address+"/login/rpc", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth(user, password)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP status %s", response.Status)
	}
	var answer struct {
		Result any
		Error  *jsonFault
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if answer.Error != nil {
		return nil, *answer.Error
	}
	return answer.Result, nil
}

// must fails the test when the call fails.
func (c jsonClient) must(t testing.TB, method string, arguments ...any) any {
	t.Helper()
	answer, err := c.call(method, arguments...)
	if err != nil {
		t.Fatalf("%s(%v): %v", method, arguments, err)
	}
	return answer
}
