// Key-encryption key: data keys leave the process only wrapped.
//
// Spec page: spec/base/kek.md: base/kek-wrap-layout, base/kek-unwrap-checks, base/kek-wrap-checks,
// base/kek-wrap-fresh-nonce.
package main

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
)

// wrappedSize: nonce, ciphertext of the data key, tag.
const wrappedSize = nonceSize + keySize + tagSize

// keyEncryptionKey is AES-256-GCM without additional data (base/kek-wrap-layout): key id and purpose are not bound.
type keyEncryptionKey struct {
	gcm cipher.AEAD
}

func newKEK(key []byte) (*keyEncryptionKey, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, refuse("kek-length")
	}
	return &keyEncryptionKey{gcm: gcm}, nil
}

// wrap gives nonce ‖ ciphertext ‖ tag, under a fresh random nonce each time (base/kek-wrap-fresh-nonce).
func (k *keyEncryptionKey) wrap(dek []byte) ([]byte, error) {
	// base/kek-wrap-checks
	if len(dek) != keySize {
		return nil, refuse("dek-length")
	}
	nonce := make([]byte, nonceSize, wrappedSize)
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return k.gcm.Seal(nonce, nonce, dek, nil), nil
}

// unwrap gives the data key; none is refused for its value (base/kek-unwrap-checks).
func (k *keyEncryptionKey) unwrap(wrapped []byte) ([]byte, error) {
	// 1. Another length.
	if len(wrapped) != wrappedSize {
		return nil, refuse("unwrap-length")
	}
	// 2. The tag does not verify.
	dek, err := k.gcm.Open(nil, wrapped[:nonceSize], wrapped[nonceSize:], nil)
	if err != nil {
		return nil, refuse("kek-unwrap-failed")
	}
	return dek, nil
}

// Vectors.

type kekInput struct {
	KEK     hexBytes `json:"kek"`
	Dek     hexBytes `json:"dek"`
	Wrapped hexBytes `json:"wrapped"`
	Times   int      `json:"times"`
}

func kekUnwrapVector(in kekInput) (observed, error) {
	kek, err := newKEK(in.KEK)
	if err != nil {
		return nil, err
	}
	dek, err := kek.unwrap(in.Wrapped)
	if err != nil {
		return nil, err
	}
	return observed{"dek": hexBytes(dek)}, nil
}

func kekWrapRejectsVector(in kekInput) (observed, error) {
	kek, err := newKEK(in.KEK)
	if err != nil {
		return nil, err
	}
	_, err = kek.wrap(in.Dek)
	return nil, err
}

// kekWrapVector wraps so many times: every output has to unwrap to the data key, and no two may be the same.
func kekWrapVector(in kekInput) (observed, error) {
	kek, err := newKEK(in.KEK)
	if err != nil {
		return nil, err
	}
	outputs, nonces, length := map[string]bool{}, map[string]bool{}, 0
	for i := 0; i < in.Times; i++ {
		wrapped, err := kek.wrap(in.Dek)
		if err != nil {
			return nil, err
		}
		if dek, err := kek.unwrap(wrapped); err != nil || !bytes.Equal(dek, in.Dek) {
			return nil, errors.New("a wrapped key that does not unwrap to the data key")
		}
		outputs[string(wrapped)], nonces[string(wrapped[:nonceSize])], length = true, true, len(wrapped)
	}
	return observed{
		"wrapped_length":     length,
		"all_outputs_differ": len(outputs) == in.Times,
		"all_nonces_differ":  len(nonces) == in.Times,
	}, nil
}
