// Command go-codec answers the vectors of cutcheck, level L0, class codec.
//
// Protocol page: docs/protocol.md. This file is the loop: one line of stdin is one request, one line of stdout is its reply.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := serve(os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "go-codec:", err)
		os.Exit(1)
	}
}

// serve answers requests until `bye`, or until the input ends.
func serve(stdin io.Reader, stdout, stderr io.Writer) error {
	lines := bufio.NewReader(stdin) // ReadBytes has no limit of its own; bufio.Scanner would end at 64 KiB
	out := json.NewEncoder(stdout)  // one Write a reply, not buffered: nothing to flush
	for {
		// 1. One line.
		line, err := lines.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		ended := err == io.EOF

		// 2. One request, one reply. A line that is no request has no id to answer under: say so where it disturbs nobody,
		// without its text, since a line can hold keys.
		if len(bytes.TrimSpace(line)) > 0 {
			var req request
			if json.Unmarshal(line, &req) != nil {
				fmt.Fprintln(stderr, "go-codec: a line of", len(line), "bytes is no request")
			} else {
				if err := out.Encode(answer(req)); err != nil {
					return err
				}
				ended = ended || req.Op == "bye"
			}
		}

		// 3. `bye` is the last request, and so is the end of the input.
		if ended {
			return nil
		}
	}
}
