// Snapshot header: lease ceiling and cutover in front of the stream of the store.
//
// Spec page: spec/base/snapshot-header.md: base/snapshot-header-layout, base/snapshot-peek, base/snapshot-header-length,
// base/snapshot-header-magic, base/snapshot-header-cut, base/snapshot-source-failure.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

const (
	headerMagic  = "EKVTHLC" // and the version as a digit
	magicSize    = 8
	lengthLeast  = 16 // ceiling, cutover
	lengthMost   = 1024
	headerSizeV1 = magicSize + 8
)

// snapshotHeader is what a header carries; a stream without one, and version 1, have cutover 0.
type snapshotHeader struct {
	ceilingMS uint64
	cutover   uint64
	consumed  int // bytes that the header took
}

// readSnapshotHeader is the whole reader, by the steps of base/snapshot-header-layout. A stream without a header loses
// nothing, since Peek leaves its bytes in the reader.
func readSnapshotHeader(stream *bufio.Reader) (h snapshotHeader, err error) {
	// 1. Peek. A source that fails is not one that ends (base/snapshot-source-failure).
	magic, err := stream.Peek(magicSize)
	if err != nil && err != io.EOF {
		return h, refuse("source-failure")
	}
	// 1, 2. Ended before eight bytes, or other bytes: no header (base/snapshot-peek).
	if len(magic) < magicSize || string(magic[:len(headerMagic)]) != headerMagic {
		return h, nil
	}
	switch magic[len(headerMagic)] {
	case '1':
		// 3. Magic and ceiling in one: every cut is stream-truncated.
		header := make([]byte, headerSizeV1)
		if _, err := io.ReadFull(stream, header); err != nil {
			return h, cutShort(err)
		}
		return snapshotHeader{ceilingMS: binary.BigEndian.Uint64(header[magicSize:]), consumed: headerSizeV1}, nil
	case '2':
		return readVersion2(stream)
	}
	// 5. Another version (base/snapshot-header-magic).
	return h, refuse("snapshot-header-magic")
}

// readVersion2 is step 4.
func readVersion2(stream *bufio.Reader) (h snapshotHeader, err error) {
	if _, err := stream.Discard(magicSize); err != nil {
		return h, cutShort(err)
	}
	var length [2]byte
	if _, err := io.ReadFull(stream, length[:]); err != nil {
		return h, cutShort(err)
	}
	// Before the bytes behind it are read (base/snapshot-header-length).
	size := int(binary.BigEndian.Uint16(length[:]))
	if size < lengthLeast || size > lengthMost {
		return h, refuse("snapshot-header-length")
	}
	fields := make([]byte, size) // what stands behind the first sixteen is ignored
	if _, err := io.ReadFull(stream, fields); err != nil {
		return h, cutShort(err)
	}
	return snapshotHeader{
		ceilingMS: binary.BigEndian.Uint64(fields),
		cutover:   binary.BigEndian.Uint64(fields[8:]),
		consumed:  magicSize + len(length) + size,
	}, nil
}

// cutShort gives the reason for an error of io.ReadFull (base/snapshot-header-cut): it says EOF where nothing was left.
func cutShort(err error) error {
	switch err {
	case io.EOF:
		return refuse("stream-ended")
	case io.ErrUnexpectedEOF:
		return refuse("stream-truncated")
	}
	return refuse("source-failure")
}

// Vectors.

// failingSource is a source that fails instead of ending.
type failingSource struct{}

func (failingSource) Read([]byte) (int, error) { return 0, errors.New("the source fails here") }

func snapshotHeaderVector(in struct {
	Stream      hexBytes `json:"stream"`
	SourceFails bool     `json:"source_fails"`
}) (observed, error) {
	var source io.Reader = bytes.NewReader(in.Stream)
	if in.SourceFails {
		source = io.MultiReader(source, failingSource{})
	}
	stream := bufio.NewReader(source)
	h, err := readSnapshotHeader(stream)
	if err != nil {
		return nil, err
	}
	// What is left is up to the end, or up to the failure, which is none of the header's.
	var remaining bytes.Buffer
	if _, err := remaining.ReadFrom(stream); err != nil && !in.SourceFails {
		return nil, err
	}
	return observed{
		"ceiling_ms": u64(h.ceilingMS), "cutover": u64(h.cutover),
		"consumed": h.consumed, "remaining": hexBytes(remaining.Bytes()),
	}, nil
}
