// Raft envelope: what a payload becomes above the cutover.
//
// Spec page: spec/base/raft-envelope.md: base/raft-aad, base/raft-wrap, base/raft-wrap-checks, base/raft-unwrap,
// base/raft-unwrap-checks, base/raft-unwrap-authenticates, base/raft-flag-ignored.
package main

import "encoding/binary"

// raftPurpose is the letter R in front of the additional data: it keeps envelopes of the other layer out.
const raftPurpose = 0x52

// raftAAD is the additional data of a raft envelope, without the flag (base/raft-aad).
func raftAAD(version byte, keyID uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{raftPurpose, version}, keyID)
}

// raftWrap seals a payload (base/raft-wrap): version 01, flag 00.
func raftWrap(c *dataCipher, keyID uint32, nonce, payload []byte) ([]byte, error) {
	if c == nil {
		return nil, refuse("no-keystore")
	}
	// 1. The nonce comes before the key id here (base/raft-wrap-checks), other than in the cipher.
	if len(nonce) != nonceSize {
		return nil, refuse("nonce-length")
	}
	// 2, 3. Key id 0, key not loaded: the checks of the cipher.
	body, err := c.seal(keyID, nonce, raftAAD(envelopeVersion, keyID), payload)
	if err != nil {
		return nil, err
	}
	e := envelope{version: envelopeVersion, flag: 0, keyID: keyID, body: body}
	copy(e.nonce[:], nonce)
	return e.encode()
}

// raftUnwrap opens an envelope (base/raft-unwrap). Any flag byte opens: it is neither checked nor authenticated
// (base/raft-flag-ignored). The mark `raft-unwrap-failed` is the apply loop's, not ours.
func raftUnwrap(c *dataCipher, data []byte) ([]byte, error) {
	if c == nil {
		return nil, refuse("no-keystore")
	}
	// 1, 2. Too short, unknown version.
	e, err := decodeEnvelope(data)
	if err != nil {
		return nil, err
	}
	// 3 to 5. Key id 0, key not loaded, tag.
	return c.open(e.keyID, e.nonce[:], raftAAD(e.version, e.keyID), e.body)
}

// Vectors.

func raftAADVector(in struct {
	Version byte   `json:"version"`
	KeyID   uint32 `json:"key_id"`
}) (observed, error) {
	return observed{"aad": hexBytes(raftAAD(in.Version, in.KeyID))}, nil
}

func raftWrapVector(in struct {
	Keys    []dataKey `json:"keys"`
	KeyID   uint32    `json:"key_id"`
	Nonce   hexBytes  `json:"nonce"`
	Payload hexBytes  `json:"payload"`
}) (observed, error) {
	c, err := cipherOver(in.Keys)
	if err != nil {
		return nil, err
	}
	wrapped, err := raftWrap(c, in.KeyID, in.Nonce, in.Payload)
	if err != nil {
		return nil, err
	}
	return observed{"envelope": hexBytes(wrapped)}, nil
}

func raftUnwrapVector(in struct {
	Keys     []dataKey `json:"keys"`
	Envelope hexBytes  `json:"envelope"`
}) (observed, error) {
	c, err := cipherOver(in.Keys)
	if err != nil {
		return nil, err
	}
	payload, err := raftUnwrap(c, in.Envelope)
	if err != nil {
		return nil, err
	}
	return observed{"payload": hexBytes(payload)}, nil
}
