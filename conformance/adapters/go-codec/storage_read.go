// Reading stored values: opening, visibility, and the guard against a sealed value that is passed off as clear.
//
// Spec page: spec/base/storage-read.md: base/read-clear, base/read-sealed, base/read-without-cipher,
// base/open-before-visibility, base/rebadge-guard, base/read-visibility. The numbers are those at the top of the page.
package main

// readValue reads one version at a read timestamp. Not found is no refusal.
func readValue(c *dataCipher, stored, userKey []byte, commitTS, readTS uint64) (value []byte, found bool, err error) {
	// 1. A version above the read timestamp is not looked at.
	if commitTS > readTS {
		return nil, false, nil
	}
	// 2. Split the header.
	v, err := decodeStoredValue(stored)
	if err != nil {
		return nil, false, err
	}
	// 3, 4. Open, or pass the guard, before tombstone and expiry are acted upon (base/open-before-visibility).
	key := storeKey(userKey, commitTS)
	value = v.body
	if v.state == stateSealed {
		value, err = openSealed(c, v, key)
	} else {
		err = rebadgeGuard(c, v, key)
	}
	if err != nil {
		return nil, false, err
	}
	// 5. Deleted, or expired at the read timestamp.
	if v.tombstone || v.expireAt != 0 && v.expireAt <= readTS {
		return nil, false, nil
	}
	// 6. Found.
	return value, true, nil
}

// openSealed opens a value of state 1 (base/read-sealed).
func openSealed(c *dataCipher, v storedValue, key []byte) ([]byte, error) {
	// 3.1 No cipher: before the body is looked at (base/read-without-cipher).
	if c == nil {
		return nil, refuse("cipher-absent")
	}
	// 3.2 The body is an envelope.
	e, err := decodeEnvelope(v.body)
	if err != nil {
		return nil, err
	}
	// 3.3 Key id 0, key not loaded: refusals of the cipher pass through. The header is the stored one: decoding it loses
	// nothing, since every bit that it does not keep was refused.
	aad := storageAAD(e.version, e.flag, e.keyID, v.header(), key)
	value, err := c.open(e.keyID, e.nonce[:], aad, e.body)
	// 3.4 The tag: the reason of this layer takes the place of the cipher's.
	if refusedFor(err, "authentication-failed") {
		return nil, refuse("stored-value-integrity")
	}
	return value, err
}

// rebadgeGuard refuses a clear value whose body opens as a storage envelope under any loaded key (base/rebadge-guard).
func rebadgeGuard(c *dataCipher, v storedValue, key []byte) error {
	if c == nil || len(v.body) < envelopeLeast {
		return nil
	}
	// 1. Nonce and sealed part by their places; bytes 0 to 5 are ignored.
	nonce, sealed := v.body[6:envelopeHead], v.body[envelopeHead:]
	// 2. Every key, every expiry that the value may have been sealed with: the stored one, and 0.
	expiries := []uint64{v.expireAt}
	if v.expireAt != 0 {
		expiries = append(expiries, 0)
	}
	for _, keyID := range c.keys.ids() {
		for _, expireAt := range expiries {
			header := storedValue{state: stateSealed, expireAt: expireAt}.header()
			// 3. Any success: refused.
			if _, err := c.open(keyID, nonce, storageAAD(envelopeVersion, 0, keyID, header, key), sealed); err == nil {
				return refuse("stored-value-integrity")
			}
		}
	}
	return nil
}

// Vectors.

func storageReadVector(in struct {
	Keys     []dataKey `json:"keys"`
	Stored   hexBytes  `json:"stored"`
	UserKey  hexBytes  `json:"user_key"`
	CommitTS u64       `json:"commit_ts"`
	ReadTS   u64       `json:"read_ts"`
}) (observed, error) {
	c, err := cipherOver(in.Keys)
	if err != nil {
		return nil, err
	}
	value, found, err := readValue(c, in.Stored, in.UserKey, uint64(in.CommitTS), uint64(in.ReadTS))
	if err != nil {
		return nil, err
	}
	if !found {
		return observed{"found": false}, nil
	}
	return observed{"found": true, "value": hexBytes(value)}, nil
}
