// Cipher: AES-256-GCM over the keys of a key store, and the order of its checks.
//
// Spec page: spec/base/cipher.md: base/aead-algorithm, base/cipher-check-order, base/cipher-authenticates.
package main

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

// dataCipher seals and opens under the keys of a store. A layer without a cipher has a nil *dataCipher.
type dataCipher struct {
	keys *keyStore
}

// newGCM gives AES-256-GCM with a 12-byte nonce and a 16-byte tag. crypto/aes would take shorter keys as well.
func newGCM(key []byte) (cipher.AEAD, error) {
	if len(key) != keySize {
		return nil, errors.New("AES-256 needs a key of 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// checked runs the checks that seal and open share (base/cipher-check-order).
func (c *dataCipher) checked(keyID uint32, nonce []byte) (cipher.AEAD, error) {
	if c == nil || c.keys == nil {
		return nil, refuse("no-keystore")
	}
	// 1. Key id 0.
	if keyID == 0 {
		return nil, refuse("key-id-reserved")
	}
	// 2. A nonce of another length; Go's GCM would panic.
	if len(nonce) != nonceSize {
		return nil, refuse("nonce-length")
	}
	// 3. No such key.
	key, present := c.keys.get(keyID)
	if !present {
		return nil, refuse("key-not-loaded")
	}
	return newGCM(key)
}

// seal gives ciphertext ‖ tag (base/aead-algorithm).
func (c *dataCipher) seal(keyID uint32, nonce, aad, plaintext []byte) ([]byte, error) {
	gcm, err := c.checked(keyID, nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(nil, nonce, plaintext, aad), nil
}

// open gives the plaintext, or not one byte of it (base/cipher-authenticates).
func (c *dataCipher) open(keyID uint32, nonce, aad, body []byte) ([]byte, error) {
	gcm, err := c.checked(keyID, nonce)
	if err != nil {
		return nil, err
	}
	// 4. The tag does not verify, or the body is too short to hold one.
	plaintext, err := gcm.Open([]byte{}, nonce, body, aad)
	if err != nil {
		return nil, refuse("authentication-failed")
	}
	return plaintext, nil
}

// cipherOver is the cipher that a vector asks for: none for null, else one over these keys.
func cipherOver(keys []dataKey) (*dataCipher, error) {
	if keys == nil {
		return nil, nil
	}
	store := newKeyStore()
	for _, k := range keys {
		if err := store.set(k.KeyID, k.Key); err != nil {
			return nil, errInput // the keys of a vector are good ones; a bad one is no verdict on what is under test
		}
	}
	return &dataCipher{keys: store}, nil
}

// Vectors.

type cipherInput struct {
	Operation string    `json:"operation"`
	Keys      []dataKey `json:"keys"`
	KeyID     uint32    `json:"key_id"`
	Nonce     hexBytes  `json:"nonce"`
	AAD       hexBytes  `json:"aad"`
	Plaintext hexBytes  `json:"plaintext"`
	Body      hexBytes  `json:"body"`
}

func encryptVector(in cipherInput) (observed, error) {
	c, err := cipherOver(in.Keys)
	if err != nil {
		return nil, err
	}
	body, err := c.seal(in.KeyID, in.Nonce, in.AAD, in.Plaintext)
	if err != nil {
		return nil, err
	}
	return observed{"body": hexBytes(body)}, nil
}

func cipherRejectsVector(in cipherInput) (observed, error) {
	switch in.Operation {
	case "encrypt":
		return encryptVector(in)
	case "decrypt":
		c, err := cipherOver(in.Keys)
		if err != nil {
			return nil, err
		}
		_, err = c.open(in.KeyID, in.Nonce, in.AAD, in.Body)
		return nil, err
	}
	return nil, fmt.Errorf("unknown operation %q", in.Operation)
}
