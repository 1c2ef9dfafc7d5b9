// Proposal envelope: entry data around a payload, and the contexts of reads and membership changes.
//
// Spec page: spec/base/proposal-envelope.md: base/proposal-layout, base/proposal-decode, base/read-context,
// base/conf-change-context, base/conf-change-text-limit.
package main

import (
	"encoding/binary"
	"fmt"
)

const (
	proposalVersion   = 0x01
	readVersion       = 0x02
	confChangeVersion = 0x03

	proposalHead   = 9     // version, proposal id
	readSize       = 9     // version, request id
	confChangeHead = 21    // version, request id, peer node id, two lengths
	textLimit      = 65535 // bytes of a peer id, and of an address
)

// encodeProposal builds entry data (base/proposal-layout). It never refuses.
func encodeProposal(id uint64, payload []byte) []byte {
	data := append(make([]byte, 0, proposalHead+len(payload)), proposalVersion)
	data = binary.BigEndian.AppendUint64(data, id)
	return append(data, payload...)
}

// decodeProposal splits entry data (base/proposal-decode). The payload is a view into it.
func decodeProposal(data []byte) (id uint64, payload []byte, err error) {
	// 1. Fewer than nine bytes, whatever they are.
	if len(data) < proposalHead {
		return 0, nil, refuse("too-short")
	}
	// 2. Another first byte.
	if data[0] != proposalVersion {
		return 0, nil, refuse("version-byte")
	}
	// 3. Id and payload; the payload may be empty.
	return binary.BigEndian.Uint64(data[1:]), data[proposalHead:], nil
}

// encodeReadContext builds the context of a linearizable read (base/read-context).
func encodeReadContext(requestID uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{readVersion}, requestID)
}

// decodeReadContext reads it: the length first, then the version byte.
func decodeReadContext(context []byte) (requestID uint64, err error) {
	if len(context) != readSize {
		return 0, refuse("length")
	}
	if context[0] != readVersion {
		return 0, refuse("version-byte")
	}
	return binary.BigEndian.Uint64(context[1:]), nil
}

// confChange is what the context of a membership change carries.
type confChange struct {
	requestID   uint64
	peerNodeID  uint64 // not compared with the hash of peerID
	peerID      string
	peerAddress string
}

// encodeConfChange builds the context (base/conf-change-context). len of a Go string counts bytes, as the limit does.
func encodeConfChange(c confChange) ([]byte, error) {
	// base/conf-change-text-limit
	if len(c.peerID) > textLimit || len(c.peerAddress) > textLimit {
		return nil, refuse("text-too-long")
	}
	context := []byte{confChangeVersion}
	context = binary.BigEndian.AppendUint64(context, c.requestID)
	context = binary.BigEndian.AppendUint64(context, c.peerNodeID)
	context = binary.BigEndian.AppendUint16(context, uint16(len(c.peerID)))
	context = binary.BigEndian.AppendUint16(context, uint16(len(c.peerAddress)))
	context = append(context, c.peerID...)
	return append(context, c.peerAddress...), nil
}

// decodeConfChange reads the context. No byte may be left over.
func decodeConfChange(context []byte) (c confChange, err error) {
	// 1. Fewer bytes than the fixed part.
	if len(context) < confChangeHead {
		return c, refuse("length")
	}
	// 2. Another first byte.
	if context[0] != confChangeVersion {
		return c, refuse("version-byte")
	}
	// 3. The two texts fill the rest exactly.
	p := int(binary.BigEndian.Uint16(context[17:]))
	a := int(binary.BigEndian.Uint16(context[19:]))
	if len(context) != confChangeHead+p+a {
		return c, refuse("length")
	}
	return confChange{
		requestID:   binary.BigEndian.Uint64(context[1:]),
		peerNodeID:  binary.BigEndian.Uint64(context[9:]),
		peerID:      string(context[confChangeHead : confChangeHead+p]),
		peerAddress: string(context[confChangeHead+p:]),
	}, nil
}

// Vectors.

func proposalEncodeVector(in struct {
	ProposalID u64      `json:"proposal_id"`
	Payload    hexBytes `json:"payload"`
}) (observed, error) {
	return observed{"entry_data": hexBytes(encodeProposal(uint64(in.ProposalID), in.Payload))}, nil
}

func proposalDecodeVector(in struct {
	EntryData hexBytes `json:"entry_data"`
}) (observed, error) {
	id, payload, err := decodeProposal(in.EntryData)
	if err != nil {
		return nil, err
	}
	return observed{"proposal_id": u64(id), "payload": hexBytes(payload)}, nil
}

func readContextVector(in struct {
	Operation string   `json:"operation"`
	RequestID u64      `json:"request_id"`
	Context   hexBytes `json:"context"`
}) (observed, error) {
	switch in.Operation {
	case "encode":
		return observed{"context": hexBytes(encodeReadContext(uint64(in.RequestID)))}, nil
	case "decode":
		id, err := decodeReadContext(in.Context)
		if err != nil {
			return nil, err
		}
		return observed{"request_id": u64(id)}, nil
	}
	return nil, fmt.Errorf("unknown operation %q", in.Operation)
}

func confChangeContextVector(in struct {
	Operation   string   `json:"operation"`
	RequestID   u64      `json:"request_id"`
	PeerNodeID  u64      `json:"peer_node_id"`
	PeerID      string   `json:"peer_id"`
	PeerAddress string   `json:"peer_address"`
	Context     hexBytes `json:"context"`
}) (observed, error) {
	switch in.Operation {
	case "encode":
		context, err := encodeConfChange(confChange{uint64(in.RequestID), uint64(in.PeerNodeID), in.PeerID, in.PeerAddress})
		if err != nil {
			return nil, err
		}
		return observed{"context": hexBytes(context)}, nil
	case "decode":
		c, err := decodeConfChange(in.Context)
		if err != nil {
			return nil, err
		}
		return observed{
			"request_id": u64(c.requestID), "peer_node_id": u64(c.peerNodeID),
			"peer_id": c.peerID, "peer_address": c.peerAddress,
		}, nil
	}
	return nil, fmt.Errorf("unknown operation %q", in.Operation)
}
