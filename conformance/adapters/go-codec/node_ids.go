// Node ids: from a raft id to the full node id, and to its low 16 bits.
//
// Spec page: spec/base/node-ids.md: base/node-id, base/node-id16.
package main

import (
	"fmt"
	"hash/fnv"
)

// fullNodeID is the 64-bit FNV-1a hash of the raft id, taken as it is (base/node-id).
func fullNodeID(raftID string) uint64 {
	// 1. The empty raft id.
	if raftID == "" {
		return 0
	}
	// 2. FNV-1a over the bytes; hash/fnv has the same offset and prime as the page.
	h := fnv.New64a()
	h.Write([]byte(raftID))
	// 3. A hash of 0 would look like the empty raft id.
	if sum := h.Sum64(); sum != 0 {
		return sum
	}
	return 1
}

// nodeID16 narrows a full node id (base/node-id16).
func nodeID16(full uint64) uint16 { return uint16(full) }

// Vectors.

func nodeIDVector(in struct {
	RaftID string `json:"raft_id"`
}) (observed, error) {
	full := fullNodeID(in.RaftID)
	return observed{
		"full_node_id":     u64(full),
		"full_node_id_hex": fmt.Sprintf("%016x", full),
		"node_id16":        nodeID16(full),
	}, nil
}

func nodeID16Vector(in struct {
	FullNodeID u64 `json:"full_node_id"`
}) (observed, error) {
	return observed{"node_id16": nodeID16(uint64(in.FullNodeID))}, nil
}
