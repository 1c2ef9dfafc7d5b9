// Key store: the data keys that a process has loaded, by their ids.
//
// Spec page: spec/base/key-store.md: base/key-store-set, base/key-store-delete, base/key-store-ids.
package main

import (
	"bytes"
	"fmt"
	"sort"
)

const keySize = 32

// keyStore holds keys of 32 bytes. This one is for one goroutine; a node would put a lock around it.
type keyStore struct {
	keys map[uint32][]byte
}

func newKeyStore() *keyStore { return &keyStore{keys: map[uint32][]byte{}} }

// set loads a key (base/key-store-set).
func (s *keyStore) set(keyID uint32, key []byte) error {
	// 1. Id 0.
	if keyID == 0 {
		return refuse("key-id-reserved")
	}
	// 2. Another length.
	if len(key) != keySize {
		return refuse("key-length")
	}
	if held, present := s.keys[keyID]; present {
		// 3. Other bytes under this id: the old key stays.
		if !bytes.Equal(held, key) {
			return refuse("key-id-rebound")
		}
		// 4. The same bytes: nothing changes.
		return nil
	}
	// 5. Insert a copy.
	s.keys[keyID] = clone(key)
	return nil
}

func (s *keyStore) get(keyID uint32) (key []byte, present bool) {
	key, present = s.keys[keyID]
	return key, present
}

// remove succeeds whether the id is there or not, and leaves it free (base/key-store-delete).
func (s *keyStore) remove(keyID uint32) { delete(s.keys, keyID) }

// ids are in ascending numeric order (base/key-store-ids).
func (s *keyStore) ids() []uint32 {
	ids := make([]uint32, 0, len(s.keys))
	for id := range s.keys {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	return ids
}

// Vectors.

func keyStoreVector(in struct {
	Operations []struct {
		Op    string   `json:"op"`
		KeyID uint32   `json:"key_id"`
		Key   hexBytes `json:"key"`
	} `json:"operations"`
}) (observed, error) {
	store := newKeyStore()
	outcomes := []observed{}
	for _, operation := range in.Operations {
		var outputs observed
		var err error
		switch operation.Op {
		case "set":
			err = store.set(operation.KeyID, operation.Key)
		case "get":
			key, present := store.get(operation.KeyID)
			outputs = observed{"present": present}
			if present {
				outputs["key"] = hexBytes(key)
			}
		case "delete":
			store.remove(operation.KeyID)
		case "ids":
			outputs = observed{"key_ids": store.ids()}
		default:
			err = fmt.Errorf("unknown operation %q", operation.Op)
		}
		item, err := outcome(outputs, err)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, item)
	}
	return observed{"outcomes": outcomes}, nil
}
