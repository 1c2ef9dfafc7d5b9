// Writer registry: keys and values of its rows.
//
// Spec page: spec/base/writer-registry.md: base/registry-key, base/registry-prefix, base/registry-key-checks,
// base/registry-value, base/registry-value-checks.
package main

import (
	"encoding/binary"
	"strings"
)

const (
	registryPrefix    = "!encryption|writers|"
	registrySeparator = '|'
	registryKeySize   = len(registryPrefix) + 4 + 1 + 2
	registryValueSize = 12 // full node id, first and last epoch
)

// registryKeyPrefix is what the rows of one data key share (base/registry-prefix).
func registryKeyPrefix(dekID uint32) []byte {
	prefix := binary.BigEndian.AppendUint32([]byte(registryPrefix), dekID)
	return append(prefix, registrySeparator)
}

// registryKey is the key of a row (base/registry-key).
func registryKey(dekID uint32, node uint16) []byte {
	return binary.BigEndian.AppendUint16(registryKeyPrefix(dekID), node)
}

// decodeRegistryKey refuses another length, prefix or separator (base/registry-key-checks).
func decodeRegistryKey(key []byte) (dekID uint32, node uint16, err error) {
	const separatorAt = len(registryPrefix) + 4
	if len(key) != registryKeySize || !strings.HasPrefix(string(key), registryPrefix) || key[separatorAt] != registrySeparator {
		return 0, 0, refuse("registry-key-malformed")
	}
	return binary.BigEndian.Uint32(key[len(registryPrefix):]), binary.BigEndian.Uint16(key[separatorAt+1:]), nil
}

// registryRow is the value of a row. First seen may be above last seen.
type registryRow struct {
	fullNodeID uint64
	firstSeen  uint16
	lastSeen   uint16
}

// encode lays the value out (base/registry-value).
func (r registryRow) encode() []byte {
	value := binary.BigEndian.AppendUint64(make([]byte, 0, registryValueSize), r.fullNodeID)
	value = binary.BigEndian.AppendUint16(value, r.firstSeen)
	return binary.BigEndian.AppendUint16(value, r.lastSeen)
}

// decodeRegistryRow refuses another length, and nothing else (base/registry-value-checks).
func decodeRegistryRow(value []byte) (r registryRow, err error) {
	if len(value) != registryValueSize {
		return r, refuse("registry-value-malformed")
	}
	return registryRow{
		fullNodeID: binary.BigEndian.Uint64(value),
		firstSeen:  binary.BigEndian.Uint16(value[8:]),
		lastSeen:   binary.BigEndian.Uint16(value[10:]),
	}, nil
}

// Vectors.

func registryKeyVector(in struct {
	DekID    uint32 `json:"dek_id"`
	NodeID16 uint16 `json:"node_id16"`
}) (observed, error) {
	return observed{"key": hexBytes(registryKey(in.DekID, in.NodeID16))}, nil
}

func registryPrefixVector(in struct {
	DekID uint32 `json:"dek_id"`
}) (observed, error) {
	return observed{"prefix": hexBytes(registryKeyPrefix(in.DekID))}, nil
}

func registryKeyDecodeVector(in struct {
	Key hexBytes `json:"key"`
}) (observed, error) {
	dekID, node, err := decodeRegistryKey(in.Key)
	if err != nil {
		return nil, err
	}
	return observed{"dek_id": dekID, "node_id16": node}, nil
}

func registryValueVector(in struct {
	FullNodeID     u64    `json:"full_node_id"`
	FirstSeenEpoch uint16 `json:"first_seen_epoch"`
	LastSeenEpoch  uint16 `json:"last_seen_epoch"`
}) (observed, error) {
	row := registryRow{uint64(in.FullNodeID), in.FirstSeenEpoch, in.LastSeenEpoch}
	return observed{"value": hexBytes(row.encode())}, nil
}

func registryValueDecodeVector(in struct {
	Value hexBytes `json:"value"`
}) (observed, error) {
	row, err := decodeRegistryRow(in.Value)
	if err != nil {
		return nil, err
	}
	return observed{
		"full_node_id":     u64(row.fullNodeID),
		"first_seen_epoch": row.firstSeen,
		"last_seen_epoch":  row.lastSeen,
	}, nil
}
