// Storage envelope: a value as the store keeps it, clear or sealed.
//
// Spec page: spec/base/storage-envelope.md: base/value-header, base/value-header-checks, base/store-key,
// base/storage-aad, base/storage-seal, base/storage-clear, base/value-size-limit.
package main

import "encoding/binary"

const (
	valueHeaderSize = 9         // flags, expire_at
	valueLimit      = 268435456 // bytes of a plaintext value, 256 MiB

	flagTombstone = 0x01
	flagsReserved = 0xf8 // bits 3 to 7

	stateClear  = 0
	stateSealed = 1
)

// storedValue is a value split into its parts.
type storedValue struct {
	tombstone bool
	state     byte
	expireAt  uint64
	body      []byte
}

// header is the flags byte and the expiry, which is little-endian, unlike every other field (base/value-header).
func (v storedValue) header() []byte {
	flags := v.state << 1
	if v.tombstone {
		flags |= flagTombstone
	}
	return binary.LittleEndian.AppendUint64([]byte{flags}, v.expireAt)
}

// encode builds a stored value from its parts and checks nothing.
func (v storedValue) encode() []byte { return append(v.header(), v.body...) }

// decodeStoredValue splits a stored value (base/value-header-checks). What a body of state 1 is, is not looked at.
func decodeStoredValue(stored []byte) (v storedValue, err error) {
	// 1. Fewer than nine bytes.
	if len(stored) < valueHeaderSize {
		return v, refuse("value-too-short")
	}
	flags := stored[0]
	// 2. A reserved flag bit.
	if flags&flagsReserved != 0 {
		return v, refuse("value-header-reserved")
	}
	// 3. A reserved state.
	state := flags >> 1
	if state != stateClear && state != stateSealed {
		return v, refuse("value-header-reserved")
	}
	// 4. The parts.
	return storedValue{
		tombstone: flags&flagTombstone != 0,
		state:     state,
		expireAt:  binary.LittleEndian.Uint64(stored[1:]),
		body:      clone(stored[valueHeaderSize:]),
	}, nil
}

// storeKey is the user key and the complement of the commit timestamp: later versions sort first (base/store-key).
func storeKey(userKey []byte, commitTS uint64) []byte {
	return binary.BigEndian.AppendUint64(clone(userKey), ^commitTS)
}

// storageAAD is header bytes of the envelope ‖ value header as stored ‖ store key, without the nonce (base/storage-aad).
func storageAAD(version, flag byte, keyID uint32, valueHeader, key []byte) []byte {
	return append(append(headerAAD(version, flag, keyID), valueHeader...), key...)
}

// checkValueSize looks at the length alone (base/value-size-limit).
func checkValueSize(length uint64) error {
	if length > valueLimit {
		return refuse("value-too-large")
	}
	return nil
}

// deletion is stored clear, with expiry 0 and no body, whatever keys are loaded (base/storage-clear).
func deletion() []byte { return storedValue{tombstone: true}.encode() }

// clearValue keeps the caller's expiry (base/storage-clear).
func clearValue(value []byte, expireAt uint64) []byte {
	return storedValue{expireAt: expireAt, body: value}.encode()
}

// sealValue seals a value over its header and its place in the store (base/storage-seal).
func sealValue(c *dataCipher, keyID uint32, nonces *nonceFactory, key, value []byte, expireAt uint64) ([]byte, error) {
	// 1. The header: state 1, no tombstone, the caller's expiry.
	v := storedValue{state: stateSealed, expireAt: expireAt}
	// 2. The next nonce. It is used up, also when the seal is refused.
	nonce, err := nonces.next()
	if err != nil {
		return nil, err
	}
	// 3. Seal over that header and the store key.
	body, err := c.seal(keyID, nonce, storageAAD(envelopeVersion, 0, keyID, v.header(), key), value)
	if err != nil {
		return nil, err
	}
	// 4. Header ‖ envelope.
	e := envelope{version: envelopeVersion, flag: 0, keyID: keyID, body: body}
	copy(e.nonce[:], nonce)
	v.body, err = e.encode()
	if err != nil {
		return nil, err
	}
	return v.encode(), nil
}

// Vectors: storage_write.go has the group `write`.

type valueParts struct {
	Tombstone bool     `json:"tombstone"`
	State     byte     `json:"state"`
	ExpireAt  u64      `json:"expire_at"`
	Body      hexBytes `json:"body"`
}

func (p valueParts) value() storedValue {
	return storedValue{tombstone: p.Tombstone, state: p.State, expireAt: uint64(p.ExpireAt), body: p.Body}
}

func valueEncodeVector(in valueParts) (observed, error) {
	return observed{"stored": hexBytes(in.value().encode())}, nil
}

func valueDecodeVector(in struct {
	Stored hexBytes `json:"stored"`
}) (observed, error) {
	v, err := decodeStoredValue(in.Stored)
	if err != nil {
		return nil, err
	}
	return observed{
		"tombstone": v.tombstone, "state": v.state,
		"expire_at": u64(v.expireAt), "body": hexBytes(v.body),
	}, nil
}

func storeKeyVector(in struct {
	UserKey  hexBytes `json:"user_key"`
	CommitTS u64      `json:"commit_ts"`
}) (observed, error) {
	return observed{"store_key": hexBytes(storeKey(in.UserKey, uint64(in.CommitTS)))}, nil
}

func storageAADVector(in struct {
	valueParts
	Version  byte     `json:"version"`
	Flag     byte     `json:"flag"`
	KeyID    uint32   `json:"key_id"`
	StoreKey hexBytes `json:"store_key"`
}) (observed, error) {
	header := in.value().header()
	aad := storageAAD(in.Version, in.Flag, in.KeyID, header, in.StoreKey)
	return observed{"aad": hexBytes(aad), "header": hexBytes(header)}, nil
}

func valueSizeVector(in struct {
	ValueLength uint64 `json:"value_length"`
}) (observed, error) {
	return nil, checkValueSize(in.ValueLength)
}
