// AEAD envelope: the container of every sealed byte string. Nothing here encrypts or verifies.
//
// Spec page: spec/base/aead-envelope.md: base/envelope-layout, base/envelope-encode-checks, base/envelope-decode-checks,
// base/header-aad.
package main

import "encoding/binary"

const (
	envelopeVersion = 0x01
	envelopeHead    = 18 // version, flag, key id, nonce
	nonceSize       = 12
	tagSize         = 16
	envelopeLeast   = envelopeHead + tagSize
)

// envelope is version, flag, key id, nonce and body: ciphertext, then tag.
type envelope struct {
	version byte
	flag    byte
	keyID   uint32
	nonce   [nonceSize]byte
	body    []byte
}

// encode lays the fields out. Flag, key id and nonce are not looked at.
func (e envelope) encode() ([]byte, error) {
	// 1. Another version.
	if e.version != envelopeVersion {
		return nil, refuse("envelope-version-unknown")
	}
	// 2. A body shorter than the tag.
	if len(e.body) < tagSize {
		return nil, refuse("envelope-too-short")
	}
	data := make([]byte, 0, envelopeHead+len(e.body))
	data = append(data, headerAAD(e.version, e.flag, e.keyID)...) // the same six bytes
	data = append(data, e.nonce[:]...)
	return append(data, e.body...), nil
}

// decodeEnvelope splits an envelope. Flag, key id 0, nonce and tag are not looked at.
func decodeEnvelope(data []byte) (e envelope, err error) {
	// 1. Fewer than 34 bytes, whatever the first byte.
	if len(data) < envelopeLeast {
		return e, refuse("envelope-too-short")
	}
	// 2. Another version.
	if data[0] != envelopeVersion {
		return e, refuse("envelope-version-unknown")
	}
	// 3. The five fields; the body is copied.
	e.version, e.flag = data[0], data[1]
	e.keyID = binary.BigEndian.Uint32(data[2:])
	copy(e.nonce[:], data[6:envelopeHead])
	e.body = clone(data[envelopeHead:])
	return e, nil
}

// headerAAD is what the storage layer authenticates of an envelope: its first six bytes, for any version and flag
// (base/header-aad).
func headerAAD(version, flag byte, keyID uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{version, flag}, keyID)
}

// Vectors.

func envelopeEncodeVector(in struct {
	Version byte     `json:"version"`
	Flag    byte     `json:"flag"`
	KeyID   uint32   `json:"key_id"`
	Nonce   hexBytes `json:"nonce"`
	Body    hexBytes `json:"body"`
}) (observed, error) {
	e := envelope{version: in.Version, flag: in.Flag, keyID: in.KeyID, body: in.Body}
	if len(in.Nonce) != nonceSize {
		return nil, errInput // the page knows no envelope with another nonce
	}
	copy(e.nonce[:], in.Nonce)
	data, err := e.encode()
	if err != nil {
		return nil, err
	}
	return observed{"envelope": hexBytes(data)}, nil
}

func envelopeDecodeVector(in struct {
	Envelope hexBytes `json:"envelope"`
}) (observed, error) {
	e, err := decodeEnvelope(in.Envelope)
	if err != nil {
		return nil, err
	}
	return observed{
		"version": e.version, "flag": e.flag, "key_id": e.keyID,
		"nonce": hexBytes(e.nonce[:]), "body": hexBytes(e.body),
	}, nil
}

func headerAADVector(in struct {
	Version byte   `json:"version"`
	Flag    byte   `json:"flag"`
	KeyID   uint32 `json:"key_id"`
}) (observed, error) {
	return observed{"aad": hexBytes(headerAAD(in.Version, in.Flag, in.KeyID))}, nil
}
