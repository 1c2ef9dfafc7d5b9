// Refusals, and how values are written in vectors.
//
// Spec page: spec/base/notation.md: base/big-endian (encoding/binary.BigEndian everywhere else in this folder),
// base/typed-refusal; spec/README.md, section Notation.
package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// refusal is a correct no: the slug of its cause, from the published table. It never holds bytes of the input.
type refusal struct {
	reasons []string
}

func (r *refusal) Error() string { return "refused: " + strings.Join(r.reasons, ", ") }

// refuse gives the refusal for one cause.
func refuse(reason string) error { return &refusal{reasons: []string{reason}} }

// refusedFor tells whether an error is the refusal for this cause.
func refusedFor(err error, reason string) bool {
	var no *refusal
	return errors.As(err, &no) && len(no.reasons) == 1 && no.reasons[0] == reason
}

// clone copies bytes, so that a decoded value does not change with the buffer that it came from.
func clone(b []byte) []byte { return append([]byte{}, b...) }

// cursor reads a byte string from its front and never past its end.
type cursor struct {
	rest []byte
}

// take gives the next n bytes, as a view, or says that there are not so many. The comparison comes before the cut, and in
// 64 bits: a length field of ffffffff stays what it is on every machine.
func (c *cursor) take(n uint64) (taken []byte, ok bool) {
	if n > uint64(len(c.rest)) {
		return nil, false
	}
	taken, c.rest = c.rest[:n], c.rest[n:]
	return taken, true
}

// hexBytes are bytes, which vectors write as lower-case hexadecimal. Where null is possible the member is a *hexBytes.
type hexBytes []byte

func (b hexBytes) MarshalJSON() ([]byte, error) { return json.Marshal(hex.EncodeToString(b)) }

func (b *hexBytes) UnmarshalJSON(raw []byte) error {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil || *text != strings.ToLower(*text) {
		return errInput
	}
	decoded, err := hex.DecodeString(*text)
	if err != nil {
		return errInput
	}
	*b = decoded
	return nil
}

// u64 is a 64-bit quantity, which vectors write as decimal text, and never as a number.
type u64 uint64

func (n u64) MarshalJSON() ([]byte, error) { return json.Marshal(strconv.FormatUint(uint64(n), 10)) }

func (n *u64) UnmarshalJSON(raw []byte) error {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return errInput
	}
	value, err := strconv.ParseUint(*text, 10, 64)
	if err != nil {
		return errInput
	}
	*n = u64(value)
	return nil
}

// dataKey is an item of `keys`.
type dataKey struct {
	KeyID uint32   `json:"key_id"`
	Key   hexBytes `json:"key"`
}
