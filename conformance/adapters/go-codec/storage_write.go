// The vectors of writing values: one value, no cipher, a deletion, a batch.
//
// Spec page: spec/base/storage-envelope.md, section Vectors, group write; clauses base/storage-seal, base/storage-clear,
// base/value-size-limit.
package main

// writeItem is one put or one deletion.
type writeItem struct {
	UserKey  hexBytes `json:"user_key"`
	Value    hexBytes `json:"value"`
	ExpireAt u64      `json:"expire_at"`
	Delete   bool     `json:"delete"`
}

// storageWriteVector answers the group `write`. A batch has a member of that name; else the item stands in the input.
func storageWriteVector(in struct {
	writeItem
	Batch      []writeItem `json:"batch"`
	Keys       []dataKey   `json:"keys"`
	KeyID      uint32      `json:"key_id"`
	NodeID16   uint16      `json:"node_id16"`
	LocalEpoch uint16      `json:"local_epoch"`
	WriteCount u64         `json:"write_count"`
	CommitTS   u64         `json:"commit_ts"`
}) (observed, error) {
	c, err := cipherOver(in.Keys)
	if err != nil {
		return nil, err
	}
	// write_count is that of the first nonce; the factory counts what was consumed before it.
	nonces := &nonceFactory{nodeID16: in.NodeID16, localEpoch: in.LocalEpoch, consumed: uint64(in.WriteCount) - 1}

	write := func(item writeItem) ([]byte, error) {
		if item.Delete { // takes no nonce
			return deletion(), nil
		}
		if err := checkValueSize(uint64(len(item.Value))); err != nil {
			return nil, err
		}
		if c == nil {
			return clearValue(item.Value, uint64(item.ExpireAt)), nil
		}
		key := storeKey(item.UserKey, uint64(in.CommitTS))
		return sealValue(c, in.KeyID, nonces, key, item.Value, uint64(item.ExpireAt))
	}

	if in.Batch == nil {
		stored, err := write(in.writeItem)
		if err != nil {
			return nil, err
		}
		return observed{
			"store_key": hexBytes(storeKey(in.UserKey, uint64(in.CommitTS))),
			"stored":    hexBytes(stored),
		}, nil
	}
	stored := []hexBytes{}
	for _, item := range in.Batch { // in the order of the batch, so that nonces are consecutive in it
		value, err := write(item)
		if err != nil {
			return nil, err
		}
		stored = append(stored, value)
	}
	return observed{"stored": stored}, nil
}
