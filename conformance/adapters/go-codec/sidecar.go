// Sidecar: the encryption state of a node, its text, and the order in which a state is validated.
//
// Spec page: spec/base/sidecar.md: base/sidecar-text, base/sidecar-escapes, base/sidecar-written-version,
// base/sidecar-versions, base/sidecar-key-ids, base/sidecar-purposes, base/sidecar-active, base/sidecar-check-order,
// base/sidecar-write-checks, base/sidecar-hydrate. How a text is read stands in sidecar_json.go.
package main

import (
	"encoding/base64"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// sidecarVersion is the one that is written.
const sidecarVersion = 2

// sidecarState is the state. The tags are the member names, at which encoding/json reads it (sidecar_json.go).
type sidecarState struct {
	Version                     int64                   `json:"version"`
	RaftAppliedIndex            uint64                  `json:"raft_applied_index"`
	StorageEnvelopeActive       bool                    `json:"storage_envelope_active"`
	StorageEnvelopeCutoverIndex uint64                  `json:"storage_envelope_cutover_index"`
	RaftEnvelopeCutoverIndex    uint64                  `json:"raft_envelope_cutover_index"`
	Active                      sidecarActive           `json:"active"`
	Keys                        map[string]sidecarEntry `json:"keys"` // nil: none at all, which is not the same as empty
}

type sidecarActive struct {
	Storage uint32 `json:"storage"`
	Raft    uint32 `json:"raft"`
}

type sidecarEntry struct {
	Purpose    string `json:"purpose"`
	Wrapped    []byte `json:"wrapped"` // nil: none, which is not the same as empty
	Created    string `json:"created"`
	LocalEpoch uint16 `json:"local_epoch"`
}

// ids of the entries, sorted as byte strings, which is how Go compares strings.
func (s *sidecarState) ids() []string {
	ids := make([]string, 0, len(s.Keys))
	for id := range s.Keys {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}

// checkVersion: base/sidecar-versions, step 3 of the order. Only a reader looks at the version.
func (s *sidecarState) checkVersion() error {
	if s.Version != 1 && s.Version != 2 {
		return refuse("sidecar-version")
	}
	return nil
}

// checkEntries: steps 4 and 5 of the order, the same for reader and writer (base/sidecar-write-checks).
func (s *sidecarState) checkEntries() error {
	// 4. Entries: id format, id 0, purpose.
	for _, id := range s.ids() {
		if _, err := keyIDOf(id); err != nil {
			return err
		}
		if purpose := s.Keys[id].Purpose; purpose != "storage" && purpose != "raft" {
			return refuse("sidecar-purpose")
		}
	}
	// 5. Active storage id, active raft id.
	if err := s.checkActive(s.Active.Storage, "storage"); err != nil {
		return err
	}
	return s.checkActive(s.Active.Raft, "raft")
}

// checkActive: an active id names an entry by its canonical decimal (base/sidecar-active).
func (s *sidecarState) checkActive(keyID uint32, purpose string) error {
	if keyID == 0 {
		return nil
	}
	entry, present := s.Keys[strconv.FormatUint(uint64(keyID), 10)]
	if !present {
		return refuse("sidecar-active-key-missing")
	}
	if entry.Purpose != purpose {
		return refuse("sidecar-active-purpose-mismatch")
	}
	return nil
}

// keyIDOf reads the id of an entry (base/sidecar-key-ids). In base 10 ParseUint takes digits alone, leading zeros included.
func keyIDOf(id string) (uint32, error) {
	// 1. Not of that form, or out of range.
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		return 0, refuse("sidecar-key-id-format")
	}
	// 2. The number is 0.
	if n == 0 {
		return 0, refuse("sidecar-key-id-reserved")
	}
	return uint32(n), nil
}

// text is what the writer writes (base/sidecar-text). It is formed by hand, and not by json.MarshalIndent, because that
// one writes U+0008 and U+000C in different forms from one release of Go to the next.
func (s *sidecarState) text() (string, error) {
	if err := s.checkEntries(); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "{\n")
	fmt.Fprintf(&b, "  \"version\": %d,\n", sidecarVersion) // whatever the state says (base/sidecar-written-version)
	fmt.Fprintf(&b, "  \"raft_applied_index\": %d,\n", s.RaftAppliedIndex)
	fmt.Fprintf(&b, "  \"storage_envelope_active\": %t,\n", s.StorageEnvelopeActive)
	fmt.Fprintf(&b, "  \"storage_envelope_cutover_index\": %d,\n", s.StorageEnvelopeCutoverIndex)
	fmt.Fprintf(&b, "  \"raft_envelope_cutover_index\": %d,\n", s.RaftEnvelopeCutoverIndex)
	fmt.Fprintf(&b, "  \"active\": {\n")
	fmt.Fprintf(&b, "    \"storage\": %d,\n", s.Active.Storage)
	fmt.Fprintf(&b, "    \"raft\": %d\n", s.Active.Raft)
	fmt.Fprintf(&b, "  },\n")
	fmt.Fprintf(&b, "  \"keys\": ")
	s.writeKeys(&b)
	fmt.Fprintf(&b, "\n}") // no line break at the end
	return b.String(), nil
}

func (s *sidecarState) writeKeys(b *strings.Builder) {
	switch {
	case s.Keys == nil:
		b.WriteString("null")
		return
	case len(s.Keys) == 0:
		b.WriteString("{}")
		return
	}
	b.WriteString("{\n")
	for i, id := range s.ids() {
		if i > 0 {
			b.WriteString(",\n")
		}
		entry, wrapped := s.Keys[id], "null"
		if entry.Wrapped != nil {
			wrapped = `"` + base64.StdEncoding.EncodeToString(entry.Wrapped) + `"`
		}
		fmt.Fprintf(b, "    %s: {\n", quoted(id))
		fmt.Fprintf(b, "      \"purpose\": %s,\n", quoted(entry.Purpose))
		fmt.Fprintf(b, "      \"wrapped\": %s,\n", wrapped)
		fmt.Fprintf(b, "      \"created\": %s,\n", quoted(entry.Created))
		fmt.Fprintf(b, "      \"local_epoch\": %d\n", entry.LocalEpoch)
		fmt.Fprintf(b, "    }")
	}
	b.WriteString("\n  }")
}

// escapes of base/sidecar-escapes; the other control characters are \u00 and two digits.
var escapes = map[rune]string{
	'"': `\"`, '\\': `\\`,
	'\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`,
	'<': `\u003c`, '>': `\u003e`, '&': `\u0026`,
	'\u2028': `\u2028`, '\u2029': `\u2029`,
}

// quoted writes a string.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if escape, found := escapes[r]; found {
			b.WriteString(escape)
		} else if r < 0x20 {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// hydrate unwraps every entry, active or not, and sets it under the number of its id (base/sidecar-hydrate).
func (s *sidecarState) hydrate(kek *keyEncryptionKey, store *keyStore) error {
	for _, id := range s.ids() {
		keyID, err := keyIDOf(id)
		if err != nil {
			return err
		}
		dek, err := kek.unwrap(s.Keys[id].Wrapped) // none counts as empty
		if err != nil {
			return err
		}
		if err := store.set(keyID, dek); err != nil {
			return err
		}
	}
	return nil
}
