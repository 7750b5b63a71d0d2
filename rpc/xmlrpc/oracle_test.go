package xmlrpc

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracrpc/rpc"
)

// mirror is what Python makes of our answers: for each it writes the answer that
// xmlrpc.client would have written for the same value, and a call with that value
// as its argument.
const mirror = `
import json, sys, xmlrpc.client as x
out = []
for answer in json.load(sys.stdin):
    value, _ = x.loads(answer)
    out.append([x.dumps(value, methodresponse=True), x.dumps(value, "m")])
json.dump(out, sys.stdout)
`

// TestAgainstPython compares with Python's xmlrpc.client in both directions.
func TestAgainstPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3 (apt-get install python3)")
	}
	random := rand.New(rand.NewPCG(1, 2))
	var values []any
	var answers []string
	for range 500 {
		v := randomValue(random, 3)
		values = append(values, v)
		answers = append(answers, string(appendResponse(nil, rpc.Outcome{Value: v}, nil)))
	}
	input, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), python, "-c", mirror)
	command.Stdin = bytes.NewReader(input)
	output, err := command.Output()
	if err != nil {
		t.Fatalf("python3: %v", err)
	}
	var mirrored [][2]string
	if err := json.Unmarshal(output, &mirrored); err != nil {
		t.Fatal(err)
	}
	for i, pair := range mirrored {
		if pair[0] != answers[i] {
			t.Errorf("we write\n%s\nand Python\n%s", answers[i], pair[0])
		}
		call, err := parse(pair[1])
		if diff := cmp.Diff([]any{travelled(values[i])}, call.Params); err != nil || diff != "" {
			t.Errorf("parse(%s): %v, want - got +\n%s", pair[1], err, diff)
		}
	}
}

var letters = []rune("ab <>&\"'\n\t]é日😀\u0085")

func randomText(random *rand.Rand) string {
	text := make([]rune, random.IntN(8))
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	return string(text)
}

// randomValue makes values of every type; arrays and structs down to depth.
func randomValue(random *rand.Rand, depth int) any {
	kinds := 8
	if depth == 0 {
		kinds = 6
	}
	switch random.IntN(kinds) {
	case 0:
		return int(int32(random.Uint32()))
	case 1:
		return random.IntN(2) == 1
	case 2:
		return float64(random.IntN(1e6)) * []float64{1, 1e-9, 0.125, 1e20}[random.IntN(4)]
	case 3:
		return time.Unix(random.Int64N(4e9), 0).UTC()
	case 4:
		data := make([]byte, random.IntN(200))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		return data
	case 5:
		return randomText(random)
	case 6:
		list := make([]any, random.IntN(4))
		for i := range list {
			list[i] = randomValue(random, depth-1)
		}
		return list
	default:
		s := rpc.Struct{}
		for range random.IntN(4) {
			s = append(s, rpc.Member{Name: randomText(random), Value: randomValue(random, depth-1)})
		}
		return s.Distinct()
	}
}
