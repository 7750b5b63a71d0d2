package publish

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// IDs names the events of an environment for those outside: 36 characters in the
// form of a UUID (version 8), which stand for the event's number. The same event
// has the same name for ever, in every process and on every bus. From a name
// nobody sees how many events there are that they may not see; whoever has the
// environment's name and this code can work it out, so it is no secret. It is
// safe for concurrent use.
type IDs struct {
	block cipher.Block
}

const (
	idSeqBits = 60 // what a UUID leaves free in its first half
	idTagBits = 62 // and in its second
)

// NewIDs makes the names of an environment's events.
func NewIDs(env string) IDs {
	key := sha256.Sum256([]byte("tracrpc event id\x00" + env))
	block, err := aes.NewCipher(key[:16])
	if err != nil {
		panic(fmt.Sprintf("a key of 16 bytes: %v", err)) // cannot be
	}
	return IDs{block}
}

// Of is the name of the event with a number, which is not negative.
func (ids IDs) Of(seq int64) string {
	tag := ids.mix(1, uint64(seq), idTagBits)
	hidden := uint64(seq) ^ ids.mix(2, tag, idSeqBits)
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], hidden>>12<<16|8<<12|hidden&0xfff)
	binary.BigEndian.PutUint64(raw[8:], 1<<63|tag)
	var text [36]byte
	at := 0
	for i, group := range [...]int{4, 2, 2, 2, 6} {
		if i > 0 {
			text[at] = '-'
			at++
		}
		start := (at - i) / 2
		hex.Encode(text[at:], raw[start:start+group])
		at += 2 * group
	}
	return string(text[:])
}

// Seq is the number of the event with a name; false for what is no name of an
// event of this environment.
func (ids IDs) Seq(id string) (int64, bool) {
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return 0, false
	}
	raw, err := hex.DecodeString(id[:8] + id[9:13] + id[14:18] + id[19:23] + id[24:])
	if err != nil {
		return 0, false
	}
	first, second := binary.BigEndian.Uint64(raw), binary.BigEndian.Uint64(raw[8:])
	tag := second & (1<<idTagBits - 1)
	hidden := first>>16<<12 | first&0xfff
	seq := hidden ^ ids.mix(2, tag, idSeqBits)
	if first>>12&0xf != 8 || second>>62 != 2 || tag != ids.mix(1, seq, idTagBits) {
		return 0, false
	}
	return int64(seq), true
}

// mix makes so many bits of a number, as if by chance.
func (ids IDs) mix(purpose byte, n uint64, bits int) uint64 {
	var in, out [aes.BlockSize]byte
	in[0] = purpose
	binary.BigEndian.PutUint64(in[8:], n)
	ids.block.Encrypt(out[:], in[:])
	return binary.BigEndian.Uint64(out[:]) >> (64 - bits)
}
