// Encryption entries: bodies of registration, bootstrap and rotation, without the opcode byte.
//
// Spec page: spec/base/fsm-entries.md: base/registration-layout, base/registration-checks, base/bootstrap-layout,
// base/bootstrap-checks, base/bootstrap-row-cap, base/rotation-layout, base/rotation-checks, base/rotation-sub-tags.
package main

import "encoding/binary"

const (
	wireVersion      = 0x01
	rowSize          = 14
	registrationSize = 1 + rowSize
	rowCap           = 16384

	subTagNewKey         = 0x01
	subTagStorageCutover = 0x04
	subTagRaftCutover    = 0x05

	purposeStorage = 0x01
	purposeRaft    = 0x02
)

// writerRow names one writer of one data key.
type writerRow struct {
	DekID      uint32 `json:"dek_id"`
	FullNodeID u64    `json:"full_node_id"`
	LocalEpoch uint16 `json:"local_epoch"`
}

// bootstrap brings the first storage key and raft key.
type bootstrap struct {
	StorageDekID   uint32      `json:"storage_dek_id"`
	WrappedStorage hexBytes    `json:"wrapped_storage"`
	RaftDekID      uint32      `json:"raft_dek_id"`
	WrappedRaft    hexBytes    `json:"wrapped_raft"`
	Rows           []writerRow `json:"rows"`
}

// rotation brings a new key, or switches a layer on.
type rotation struct {
	SubTag   byte      `json:"sub_tag"`
	DekID    uint32    `json:"dek_id"`
	Purpose  byte      `json:"purpose"`
	Wrapped  hexBytes  `json:"wrapped"`
	Proposer writerRow `json:"proposer"`
}

func appendRow(body []byte, row writerRow) []byte {
	body = binary.BigEndian.AppendUint32(body, row.DekID)
	body = binary.BigEndian.AppendUint64(body, uint64(row.FullNodeID))
	return binary.BigEndian.AppendUint16(body, row.LocalEpoch)
}

// rowOf reads a row of exactly 14 bytes.
func rowOf(b []byte) writerRow {
	return writerRow{
		DekID:      binary.BigEndian.Uint32(b),
		FullNodeID: u64(binary.BigEndian.Uint64(b[4:])),
		LocalEpoch: binary.BigEndian.Uint16(b[12:]),
	}
}

// appendText appends a byte string: its length as u32, then its bytes.
func appendText(body, text []byte) []byte {
	return append(binary.BigEndian.AppendUint32(body, uint32(len(text))), text...)
}

// number reads a u32, or says that it is cut short.
func (c *cursor) number() (n uint32, ok bool) {
	b, ok := c.take(4)
	if !ok {
		return 0, false
	}
	return binary.BigEndian.Uint32(b), true
}

// text reads a byte string and copies it. Length 0 gives the empty string.
func (c *cursor) text() (text hexBytes, ok bool) {
	length, ok := c.number()
	if !ok {
		return nil, false
	}
	b, ok := c.take(uint64(length))
	if !ok {
		return nil, false
	}
	return clone(b), true
}

func encodeRegistration(row writerRow) []byte { return appendRow([]byte{wireVersion}, row) }

// decodeRegistration: base/registration-checks.
func decodeRegistration(body []byte) (row writerRow, err error) {
	// 1. Another length, whatever the version byte.
	if len(body) != registrationSize {
		return row, refuse("wire-malformed")
	}
	// 2. Another version.
	if body[0] != wireVersion {
		return row, refuse("wire-version")
	}
	return rowOf(body[1:]), nil
}

func encodeBootstrap(b bootstrap) []byte {
	body := binary.BigEndian.AppendUint32([]byte{wireVersion}, b.StorageDekID)
	body = appendText(body, b.WrappedStorage)
	body = binary.BigEndian.AppendUint32(body, b.RaftDekID)
	body = appendText(body, b.WrappedRaft)
	body = binary.BigEndian.AppendUint32(body, uint32(len(b.Rows)))
	for _, row := range b.Rows {
		body = appendRow(body, row)
	}
	return body
}

// decodeBootstrap: base/bootstrap-checks.
func decodeBootstrap(body []byte) (b bootstrap, err error) {
	malformed := refuse("wire-malformed")
	in := &cursor{rest: body}
	// 1. Empty body.
	version, ok := in.take(1)
	if !ok {
		return b, malformed
	}
	// 2. Another version, also when the rest is cut short.
	if version[0] != wireVersion {
		return b, refuse("wire-version")
	}
	// 3. Whatever runs past the end, in order.
	if b.StorageDekID, ok = in.number(); !ok {
		return b, malformed
	}
	if b.WrappedStorage, ok = in.text(); !ok {
		return b, malformed
	}
	if b.RaftDekID, ok = in.number(); !ok {
		return b, malformed
	}
	if b.WrappedRaft, ok = in.text(); !ok {
		return b, malformed
	}
	count, ok := in.number()
	if !ok {
		return b, malformed
	}
	// 4. Too many rows, before their bytes are counted (base/bootstrap-row-cap).
	if count > rowCap {
		return b, malformed
	}
	// 5. Fewer bytes than the rows need.
	rows, ok := in.take(uint64(count) * rowSize)
	if !ok {
		return b, malformed
	}
	// 6. Bytes left over.
	if len(in.rest) != 0 {
		return b, malformed
	}
	b.Rows = make([]writerRow, 0, count)
	for ; len(rows) > 0; rows = rows[rowSize:] {
		b.Rows = append(b.Rows, rowOf(rows))
	}
	return b, nil
}

// encodeRotation checks nothing: an unknown sub-tag or purpose is written as it is (base/rotation-layout).
func encodeRotation(r rotation) []byte {
	body := binary.BigEndian.AppendUint32([]byte{wireVersion, r.SubTag}, r.DekID)
	body = append(body, r.Purpose)
	body = appendText(body, r.Wrapped)
	return appendRow(body, r.Proposer)
}

// decodeRotation: base/rotation-checks. Sub-tag, purpose and wrapped length are not tied to each other.
func decodeRotation(body []byte) (r rotation, err error) {
	malformed := refuse("wire-malformed")
	in := &cursor{rest: body}
	// 1. Empty body.
	version, ok := in.take(1)
	if !ok {
		return r, malformed
	}
	// 2. Another version, also when nothing follows.
	if version[0] != wireVersion {
		return r, refuse("wire-version")
	}
	// 3. No sub-tag.
	subTag, ok := in.take(1)
	if !ok {
		return r, malformed
	}
	// 4. Unknown sub-tag, also when nothing follows (base/rotation-sub-tags).
	switch r.SubTag = subTag[0]; r.SubTag {
	case subTagNewKey, subTagStorageCutover, subTagRaftCutover:
	default:
		return r, refuse("wire-subtag")
	}
	// 5. Key id cut short, no purpose.
	if r.DekID, ok = in.number(); !ok {
		return r, malformed
	}
	purpose, ok := in.take(1)
	if !ok {
		return r, malformed
	}
	// 6. Another purpose.
	r.Purpose = purpose[0]
	if r.Purpose != purposeStorage && r.Purpose != purposeRaft {
		return r, malformed
	}
	// 7. Wrapped key or row cut short.
	if r.Wrapped, ok = in.text(); !ok {
		return r, malformed
	}
	row, ok := in.take(rowSize)
	if !ok {
		return r, malformed
	}
	r.Proposer = rowOf(row)
	// 8. Bytes left over.
	if len(in.rest) != 0 {
		return r, malformed
	}
	return r, nil
}

// Vectors.

// rowsShown is the number of rows up to which a decoded bootstrap is answered whole.
const rowsShown = 64

type bodyInput struct {
	Body hexBytes `json:"body"`
}

func registrationEncodeVector(in struct {
	Fields writerRow `json:"fields"`
}) (observed, error) {
	return observed{"body": hexBytes(encodeRegistration(in.Fields))}, nil
}

func registrationDecodeVector(in bodyInput) (observed, error) {
	row, err := decodeRegistration(in.Body)
	if err != nil {
		return nil, err
	}
	return observed{"fields": row}, nil
}

func bootstrapEncodeVector(in struct {
	Fields bootstrap `json:"fields"`
}) (observed, error) {
	return observed{"body": hexBytes(encodeBootstrap(in.Fields))}, nil
}

func bootstrapDecodeVector(in bodyInput) (observed, error) {
	b, err := decodeBootstrap(in.Body)
	if err != nil {
		return nil, err
	}
	if n := len(b.Rows); n > rowsShown {
		return observed{"row_count": n, "first_row": b.Rows[0], "last_row": b.Rows[n-1]}, nil
	}
	return observed{"fields": b}, nil
}

func rotationEncodeVector(in struct {
	Fields rotation `json:"fields"`
}) (observed, error) {
	return observed{"body": hexBytes(encodeRotation(in.Fields))}, nil
}

func rotationDecodeVector(in bodyInput) (observed, error) {
	r, err := decodeRotation(in.Body)
	if err != nil {
		return nil, err
	}
	return observed{"fields": r}, nil
}
