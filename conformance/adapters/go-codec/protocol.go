// The messages of the node adapter protocol, and one outcome for each request.
//
// Protocol page: docs/protocol.md, sections Request, Reply, hello, vec, and reset, bye.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
)

// protocolVersion is the one that this adapter speaks.
const protocolVersion = 1

// request is what the runner sends. `node` is left out: a codec has none.
type request struct {
	ID   int64           `json:"id"`
	Op   string          `json:"op"`
	Args json.RawMessage `json:"args"`
}

// reply holds the id of its request and exactly one outcome. The outcomes `refused`, `halted` and `unknown` belong to
// levels above L0: the refusal of a vector stands inside `ok`.
type reply struct {
	ID          int64        `json:"id"`
	OK          any          `json:"ok,omitempty"`
	Unsupported *unsupported `json:"unsupported,omitempty"`
	Fault       *fault       `json:"fault,omitempty"`
}

type unsupported struct {
	What string `json:"what"`
}

type fault struct {
	Message string `json:"message"`
}

// helloArgs are the arguments of hello that matter here.
type helloArgs struct {
	Profile string `json:"profile"`
}

// declaration is the answer to hello.
type declaration struct {
	Protocol       int                 `json:"protocol"`
	Implementation implementation      `json:"implementation"`
	Level          string              `json:"level"`
	Profile        string              `json:"profile"`
	Formats        map[string][]string `json:"formats"`
	Choices        map[string]string   `json:"choices"`
}

type implementation struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Language string `json:"language"`
}

// vecArgs are the arguments of vec.
type vecArgs struct {
	Format string          `json:"format"`
	Group  string          `json:"group"`
	Input  json.RawMessage `json:"input"`
}

// vecReply is the answer to vec.
type vecReply struct {
	Result   string   `json:"result"`
	Reasons  []string `json:"reasons,omitempty"`
	Observed observed `json:"observed,omitempty"`
}

// answer gives the reply to a request. Whatever breaks on the way is a fault of the adapter, and never its end.
func answer(req request) (rep reply) {
	defer func() {
		if broken := recover(); broken != nil {
			// A panic of the run time names an index or a type, no bytes of the input.
			rep = reply{ID: req.ID, Fault: &fault{Message: fmt.Sprint("panic: ", broken)}}
		}
	}()
	switch req.Op {
	case "hello":
		rep = hello(req.Args)
	case "vec":
		rep = vec(req.Args)
	case "reset", "bye": // no nodes and no files to forget
		rep = reply{OK: struct{}{}}
	default:
		rep = reply{Unsupported: &unsupported{What: req.Op}}
	}
	rep.ID = req.ID
	return rep
}

// hello declares what this adapter answers: every format of the table of groups, class codec.
func hello(raw json.RawMessage) reply {
	var args helloArgs
	if json.Unmarshal(raw, &args) != nil {
		return reply{Fault: &fault{Message: "arguments of hello that are not those of the protocol"}}
	}
	formats := map[string][]string{}
	for format := range groups {
		formats[format] = []string{"codec"}
	}
	return reply{OK: declaration{
		Protocol:       protocolVersion,
		Implementation: implementation{Name: "go-codec", Version: "1", Language: "Go"},
		Level:          "L0",
		Profile:        args.Profile, // codecs are the same in both profiles
		Formats:        formats,
		Choices:        map[string]string{"base/sidecar-json": "lenient"},
	}}
}

// vec answers one vector.
func vec(raw json.RawMessage) reply {
	var args vecArgs
	if json.Unmarshal(raw, &args) != nil {
		return reply{Fault: &fault{Message: "arguments of vec that are not those of the protocol"}}
	}
	// 1. Which group? One that is not in the table is not done here.
	run, found := groups[args.Format][args.Group]
	if !found {
		return reply{Unsupported: &unsupported{What: args.Format + "/" + args.Group}}
	}
	// 2. The function under test.
	outputs, err := run(args.Input)
	// 3. Its verdict: a value, a refusal, or something that went wrong in the adapter itself.
	var no *refusal
	switch {
	case err == nil:
		return reply{OK: vecReply{Result: "valid", Observed: outputs}}
	case errors.As(err, &no):
		return reply{OK: vecReply{Result: "invalid", Reasons: no.reasons, Observed: outputs}}
	default:
		return reply{Fault: &fault{Message: args.Format + "/" + args.Group + ": " + err.Error()}}
	}
}
