package jsonrpc

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracrpc/rpc"
)

// mirror is what Python makes of our values: the text that json.dumps writes for
// each, and the same without escapes.
const mirror = `
import json, sys
out = []
for text in json.load(sys.stdin):
    value = json.loads(text)
    out.append([json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)])
json.dump(out, sys.stdout)
`

// TestAgainstPython compares with Python's json in both directions.
func TestAgainstPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3 (apt-get install python3)")
	}
	random := rand.New(rand.NewPCG(3, 4))
	var values []any
	var texts []string
	for range 500 {
		v := randomValue(random, 3)
		values = append(values, v)
		texts = append(texts, string(appendValue(nil, v)))
	}
	input, err := json.Marshal(texts)
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
		if pair[0] != texts[i] {
			t.Errorf("we write\n%s\nand Python\n%s", texts[i], pair[0])
		}
		got, _, err := decode(pair[1])
		if diff := cmp.Diff(values[i], got, compareBig, cmpopts.EquateNaNs()); err != nil || diff != "" {
			t.Errorf("decode(%s): %v, want - got +\n%s", pair[1], err, diff)
		}
	}
}

var letters = []rune("ab <>&\"'\\/\n\r\t\b\f\x00\x1f\x7fé日😀\u0085\ufffe")

func randomText(random *rand.Rand) string {
	text := make([]rune, random.IntN(8))
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	return string(text)
}

// randomValue makes values of every type; arrays and structs down to depth.
func randomValue(random *rand.Rand, depth int) any {
	kinds := 10
	if depth == 0 {
		kinds = 8
	}
	switch random.IntN(kinds) {
	case 0:
		return int(random.Uint64())
	case 1:
		return random.IntN(2) == 1
	case 2:
		return math.Float64frombits(random.Uint64())
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
		return nil
	case 7:
		return new(big.Int).Lsh(big.NewInt(-5), 100)
	case 8:
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
