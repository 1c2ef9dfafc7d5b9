// Nonces: node_id16, local epoch, write count. Counted, not random, and never the same twice.
//
// Spec page: spec/base/nonce.md: base/nonce-layout, base/nonce-counter, base/nonce-exhaustion.
package main

import (
	"encoding/binary"
	"math"
	"sync"
)

// nonceFactory hands out the nonces of one layer in one load. Node and epoch are fixed for its life.
type nonceFactory struct {
	nodeID16   uint16
	localEpoch uint16

	mu       sync.Mutex
	consumed uint64 // write counts that were handed out: 1 to consumed
}

// next raises the counter and uses it, so that the first nonce carries 1 and write count 0 is never handed out.
func (f *nonceFactory) next() ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	// 2^64-1 was the last one (base/nonce-exhaustion). The counter stays there: the refusal is for good.
	if f.consumed == math.MaxUint64 {
		return nil, refuse("write-count-exhausted")
	}
	f.consumed++
	return encodeNonce(f.nodeID16, f.localEpoch, f.consumed), nil
}

// encodeNonce lays a nonce out (base/nonce-layout).
func encodeNonce(nodeID16, localEpoch uint16, writeCount uint64) []byte {
	nonce := make([]byte, 0, nonceSize)
	nonce = binary.BigEndian.AppendUint16(nonce, nodeID16)
	nonce = binary.BigEndian.AppendUint16(nonce, localEpoch)
	return binary.BigEndian.AppendUint64(nonce, writeCount)
}

// Vectors.

func nonceVector(in struct {
	NodeID16       uint16 `json:"node_id16"`
	LocalEpoch     uint16 `json:"local_epoch"`
	ConsumedBefore u64    `json:"consumed_before"`
	Calls          int    `json:"calls"`
}) (observed, error) {
	factory := &nonceFactory{nodeID16: in.NodeID16, localEpoch: in.LocalEpoch, consumed: uint64(in.ConsumedBefore)}
	outcomes := []observed{}
	for call := 0; call < in.Calls; call++ {
		nonce, err := factory.next()
		var outputs observed
		if err == nil {
			outputs = observed{"nonce": hexBytes(nonce)}
		}
		item, err := outcome(outputs, err)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, item)
	}
	return observed{"outcomes": outcomes}, nil
}
