// The vectors of the sidecar, and how a state is written in them: indexes as decimal text, wrapped keys as hexadecimal.
//
// Spec page: spec/base/sidecar.md, section Vectors; spec/base/sidecar-json.md, section Vectors.
package main

// stateInVector is a `state`.
type stateInVector struct {
	Version                     int64                    `json:"version"`
	RaftAppliedIndex            u64                      `json:"raft_applied_index"`
	StorageEnvelopeActive       bool                     `json:"storage_envelope_active"`
	StorageEnvelopeCutoverIndex u64                      `json:"storage_envelope_cutover_index"`
	RaftEnvelopeCutoverIndex    u64                      `json:"raft_envelope_cutover_index"`
	Active                      sidecarActive            `json:"active"`
	Keys                        map[string]entryInVector `json:"keys"`
}

type entryInVector struct {
	Purpose    string    `json:"purpose"`
	Wrapped    *hexBytes `json:"wrapped"`
	Created    string    `json:"created"`
	LocalEpoch uint16    `json:"local_epoch"`
}

func (v stateInVector) state() *sidecarState {
	s := &sidecarState{
		Version:                     v.Version,
		RaftAppliedIndex:            uint64(v.RaftAppliedIndex),
		StorageEnvelopeActive:       v.StorageEnvelopeActive,
		StorageEnvelopeCutoverIndex: uint64(v.StorageEnvelopeCutoverIndex),
		RaftEnvelopeCutoverIndex:    uint64(v.RaftEnvelopeCutoverIndex),
		Active:                      v.Active,
	}
	if v.Keys != nil {
		s.Keys = map[string]sidecarEntry{}
	}
	for id, e := range v.Keys {
		entry := sidecarEntry{Purpose: e.Purpose, Created: e.Created, LocalEpoch: e.LocalEpoch}
		if e.Wrapped != nil {
			entry.Wrapped = *e.Wrapped
		}
		s.Keys[id] = entry
	}
	return s
}

func inVector(s *sidecarState) stateInVector {
	v := stateInVector{
		Version:                     s.Version,
		RaftAppliedIndex:            u64(s.RaftAppliedIndex),
		StorageEnvelopeActive:       s.StorageEnvelopeActive,
		StorageEnvelopeCutoverIndex: u64(s.StorageEnvelopeCutoverIndex),
		RaftEnvelopeCutoverIndex:    u64(s.RaftEnvelopeCutoverIndex),
		Active:                      s.Active,
	}
	if s.Keys != nil {
		v.Keys = map[string]entryInVector{}
	}
	for id, e := range s.Keys {
		entry := entryInVector{Purpose: e.Purpose, Created: e.Created, LocalEpoch: e.LocalEpoch}
		if e.Wrapped != nil {
			wrapped := hexBytes(e.Wrapped)
			entry.Wrapped = &wrapped
		}
		v.Keys[id] = entry
	}
	return v
}

func sidecarSerialiseVector(in struct {
	State *stateInVector `json:"state"`
}) (observed, error) {
	if in.State == nil {
		return nil, refuse("state-absent") // base/sidecar-write-checks
	}
	text, err := in.State.state().text()
	if err != nil {
		return nil, err
	}
	return observed{"text": text}, nil
}

func sidecarReadVector(in struct {
	Document    string    `json:"document"`
	DocumentHex *hexBytes `json:"document_hex"` // its bytes, where they are not UTF-8
}) (observed, error) {
	document := []byte(in.Document)
	if in.DocumentHex != nil {
		document = *in.DocumentHex
	}
	state, err := readSidecar(document)
	if err != nil {
		return nil, err
	}
	rewritten, err := state.text()
	if err != nil {
		return nil, err
	}
	return observed{"state": inVector(state), "rewritten": rewritten}, nil
}

func sidecarHydrateVector(in struct {
	Document  string    `json:"document"`
	KEK       hexBytes  `json:"kek"`
	Preloaded []dataKey `json:"preloaded"`
}) (observed, error) {
	kek, err := newKEK(in.KEK)
	if err != nil {
		return nil, err
	}
	store := newKeyStore()
	for _, k := range in.Preloaded {
		if store.set(k.KeyID, k.Key) != nil {
			return nil, errInput
		}
	}
	// A document that does not read refuses before any key is set.
	state, err := readSidecar([]byte(in.Document))
	if err != nil {
		return nil, err
	}
	if err := state.hydrate(kek, store); err != nil {
		return nil, err
	}
	loaded := []dataKey{}
	for _, id := range store.ids() {
		key, _ := store.get(id)
		loaded = append(loaded, dataKey{KeyID: id, Key: key})
	}
	return observed{"loaded": loaded}, nil
}
