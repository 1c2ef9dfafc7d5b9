// The table of groups: which function answers which vectors. Each function stands in the file of its page, under "Vectors".
//
// Protocol page: docs/protocol.md, section Vector formats; spec/base/*.md, the last section of each page.
package main

import (
	"encoding/json"
	"errors"
)

// observed are the outputs of a vector, by name.
type observed map[string]any

// handler answers the vectors of one group: outputs, a *refusal, or another error where the adapter broke.
type handler func(input json.RawMessage) (observed, error)

// groups has every group of the class codec: format, then group.
var groups = map[string]map[string]handler{
	"proposal-envelope": {
		"encode":              vector(proposalEncodeVector),
		"decode":              vector(proposalDecodeVector),
		"decode-rejects":      vector(proposalDecodeVector),
		"read-context":        vector(readContextVector),
		"conf-change-context": vector(confChangeContextVector),
	},
	"aead-envelope": {
		"encode":         vector(envelopeEncodeVector),
		"encode-rejects": vector(envelopeEncodeVector),
		"decode":         vector(envelopeDecodeVector),
		"decode-rejects": vector(envelopeDecodeVector),
		"header-aad":     vector(headerAADVector),
		"encrypt":        vector(encryptVector),
		"cipher-rejects": vector(cipherRejectsVector),
		"key-store":      vector(keyStoreVector),
	},
	"raft-envelope": {
		"aad":            vector(raftAADVector),
		"wrap":           vector(raftWrapVector),
		"wrap-rejects":   vector(raftWrapVector),
		"unwrap":         vector(raftUnwrapVector),
		"unwrap-rejects": vector(raftUnwrapVector),
		"nonce":          vector(nonceVector),
		"node-id":        vector(nodeIDVector),
	},
	"storage-envelope": {
		"value-encode": vector(valueEncodeVector),
		"value-decode": vector(valueDecodeVector),
		"store-key":    vector(storeKeyVector),
		"aad":          vector(storageAADVector),
		"write":        vector(storageWriteVector),
		"value-size":   vector(valueSizeVector),
		"read":         vector(storageReadVector),
	},
	"fsm-entries": {
		"registration-encode": vector(registrationEncodeVector),
		"registration-decode": vector(registrationDecodeVector),
		"bootstrap-encode":    vector(bootstrapEncodeVector),
		"bootstrap-decode":    vector(bootstrapDecodeVector),
		"rotation-encode":     vector(rotationEncodeVector),
		"rotation-decode":     vector(rotationDecodeVector),
	},
	"sidecar": {
		"serialise":         vector(sidecarSerialiseVector),
		"serialise-rejects": vector(sidecarSerialiseVector),
		"read-accepts":      vector(sidecarReadVector),
		"read-rejects":      vector(sidecarReadVector),
		"json-rules":        vector(sidecarReadVector),
		"hydrate":           vector(sidecarHydrateVector),
	},
	"kek-wrap": {
		"wrap":           vector(kekWrapVector),
		"wrap-rejects":   vector(kekWrapRejectsVector),
		"unwrap":         vector(kekUnwrapVector),
		"unwrap-rejects": vector(kekUnwrapVector),
	},
	"snapshot-header": {
		"read":         vector(snapshotHeaderVector),
		"read-rejects": vector(snapshotHeaderVector),
		"token":        vector(snapshotTokenVector),
	},
	"writer-registry": {
		"key":          vector(registryKeyVector),
		"prefix":       vector(registryPrefixVector),
		"key-decode":   vector(registryKeyDecodeVector),
		"value":        vector(registryValueVector),
		"value-decode": vector(registryValueDecodeVector),
		"node-id16":    vector(nodeID16Vector),
	},
}

// errInput (it becomes a fault) says that an input could not be read. It does not say what was in it.
var errInput = errors.New("an input that is not the one of its group")

// vector makes a handler of a function on the typed input of its group.
func vector[In any](run func(In) (observed, error)) handler {
	return func(raw json.RawMessage) (observed, error) {
		var in In
		if json.Unmarshal(raw, &in) != nil {
			return nil, errInput
		}
		return run(in)
	}
}

// outcome is the verdict on one operation of several in a vector.
func outcome(outputs observed, err error) (observed, error) {
	if outputs == nil {
		outputs = observed{}
	}
	var no *refusal
	switch {
	case err == nil:
		outputs["result"] = "valid"
	case errors.As(err, &no):
		outputs["result"], outputs["reasons"] = "invalid", no.reasons
	default:
		return nil, err
	}
	return outputs, nil
}
