// Snapshot token: what travels in the raft log and names a payload file by index and checksum.
//
// Spec page: spec/base/snapshot-container.md: base/snapshot-token, base/snapshot-token-test.
package main

import (
	"encoding/binary"
	"fmt"
)

const (
	tokenMagic   = "EKVT"
	tokenVersion = 0x01
	tokenSize    = 17 // magic, version, index, CRC-32C
)

// snapshotToken names a payload file. This adapter makes no files, so the checksum is a number like another.
type snapshotToken struct {
	index  uint64
	crc32c uint32
}

func (t snapshotToken) encode() []byte {
	token := append([]byte(tokenMagic), tokenVersion)
	token = binary.BigEndian.AppendUint64(token, t.index)
	return binary.BigEndian.AppendUint32(token, t.crc32c)
}

// isToken is the looser test, by length and magic alone (base/snapshot-token-test).
func isToken(b []byte) bool {
	return len(b) == tokenSize && string(b[:len(tokenMagic)]) == tokenMagic
}

// decodeToken refuses any other length, magic or version (base/snapshot-token).
func decodeToken(b []byte) (t snapshotToken, err error) {
	if !isToken(b) || b[len(tokenMagic)] != tokenVersion {
		return t, refuse("snapshot-token")
	}
	return snapshotToken{index: binary.BigEndian.Uint64(b[5:]), crc32c: binary.BigEndian.Uint32(b[13:])}, nil
}

// Vectors.

func snapshotTokenVector(in struct {
	Operation string   `json:"operation"`
	Index     u64      `json:"index"`
	CRC32C    uint32   `json:"crc32c"`
	Token     hexBytes `json:"token"`
}) (observed, error) {
	switch in.Operation {
	case "encode":
		return observed{"token": hexBytes(snapshotToken{uint64(in.Index), in.CRC32C}.encode())}, nil
	case "decode":
		outputs := observed{"is_token": isToken(in.Token)} // an output of a refused token too
		t, err := decodeToken(in.Token)
		if err != nil {
			return outputs, err
		}
		outputs["index"], outputs["crc32c"] = u64(t.index), t.crc32c
		return outputs, nil
	}
	return nil, fmt.Errorf("unknown operation %q", in.Operation)
}
