// Sidecar JSON: how the text is read. The choice of this adapter is `lenient`: the rules of that alternative are those of
// encoding/json, so it does the work, and nothing of case folding, repeated members, byte arrays or UTF-8 is done by hand.
//
// Spec page: spec/base/sidecar-json.md: base/sidecar-json-syntax, base/sidecar-base64, base/sidecar-json (lenient);
// spec/base/sidecar.md: base/sidecar-defaults, base/sidecar-u64, base/sidecar-types, base/sidecar-check-order.
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
)

// readSidecar reads and validates a text, in the order of base/sidecar-check-order.
func readSidecar(document []byte) (*sidecarState, error) {
	state := &sidecarState{}
	// 1, 2. Syntax of the whole document, then types, number forms, ranges, base64. Unmarshal keeps that order: it checks
	// the syntax before it looks at any member. The document null leaves the state of zero values.
	if err := json.Unmarshal(document, state); err != nil {
		return nil, jsonRefusal(err)
	}
	// 3. Version.
	if err := state.checkVersion(); err != nil {
		return nil, err
	}
	// 4, 5. Entries, active ids.
	if err := state.checkEntries(); err != nil {
		return nil, err
	}
	return state, nil
}

// plainInteger is the form of base/sidecar-u64.
var plainInteger = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// jsonRefusal finds the reason for an error of encoding/json. All of them are informative. The error itself is dropped:
// its text can quote the document.
func jsonRefusal(err error) error {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	var corrupt base64.CorruptInputError
	switch {
	case errors.As(err, &syntax) && strings.Contains(syntax.Error(), "max depth"):
		return refuse("json-depth")
	case errors.As(err, &syntax):
		return refuse("json-syntax")
	case errors.As(err, &corrupt):
		return refuse("base64")
	case errors.As(err, &wrongType):
		number := strings.TrimPrefix(wrongType.Value, "number ")
		if number != wrongType.Value && !plainInteger.MatchString(number) {
			return refuse("json-number")
		}
	}
	return refuse("json-type")
}
