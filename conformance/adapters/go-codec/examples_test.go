// The worked examples of the pages, asked through the protocol: `go test` says within a second whether a change broke one.
// The suite has far more cases; this is the smallest loop for someone who starts in another language.
package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const (
	exampleKey   = `000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f`
	exampleKEK   = `4242424242424242424242424242424242424242424242424242424242424242`
	sealedHello  = `010000000007d4c00001000000000000000105ab38642f27d1642ddb7ba5e878efd6e5376a8c83`
	exampleWrap  = `000102030405060708090a0b05df93deb529f40c950f4e18ddd05534228cdc79b45cf4fe0b803a3c8609a3e06f9c35024af42c30693bedaaf83b40c3`
	readHello    = `,"user_key":"6b31","commit_ts":"100","read_ts":"100"}`
	storageKeys  = `{"keys":[{"key_id":7,"key":"` + exampleKey + `"}]`
	raftKeys     = `{"keys":[{"key_id":8,"key":"` + exampleKey + `"}]`
	sidecarLoose = `{\"VERSION\":1,\"keys\":{\"5\":{\"purpose\":\"raft\",\"wrapped\":\"AQI=\"},` +
		`\"5\":{\"purpose\":\"raft\",\"wrapped\":[1,null,3]}},\"note\":1e9999}`
)

var examples = []struct{ group, input, want string }{
	{"proposal-envelope/encode", `{"proposal_id":"31337","payload":"02aa"}`, `"entry_data":"010000000000007a6902aa"`},
	{"proposal-envelope/decode-rejects", `{"entry_data":"0100000000000000"}`, `"reasons":["too-short"]`},
	{"proposal-envelope/conf-change-context",
		`{"operation":"encode","request_id":"5","peer_node_id":"626983344707000793","peer_id":"n2","peer_address":"127.0.0.1:7002"}`,
		`"context":"03000000000000000508b37e07b558d9d90002000e6e323132372e302e302e313a37303032"`},
	{"aead-envelope/header-aad", `{"version":85,"flag":172,"key_id":3258404506}`, `"aad":"55acc2374e9a"`},
	{"raft-envelope/node-id", `{"raft_id":"日本"}`, `"full_node_id_hex":"121d7e35a6d3ce91"`},
	{"raft-envelope/nonce", `{"node_id16":0,"local_epoch":0,"consumed_before":"18446744073709551614","calls":2}`,
		`"nonce":"00000000ffffffffffffffff","result":"valid"},{"reasons":["write-count-exhausted"],"result":"invalid"}`},
	{"raft-envelope/wrap", raftKeys + `,"key_id":8,"nonce":"d4c000010000000000000001","payload":"68656c6c6f"}`,
		`"envelope":"010000000008d4c00001000000000000000105ab38642fe814ea8a30651812b8991ae028eb277c"`},
	{"raft-envelope/unwrap", raftKeys + `,"envelope":"01ff00000008d4c000010000000000000001e84c94243df9da256b04a61325d0b24b"}`,
		`"payload":""`}, // any flag opens
	{"storage-envelope/write", storageKeys + `,"key_id":7,"node_id16":54464,"local_epoch":1,"write_count":"1","user_key":"6b31",` +
		`"commit_ts":"100","value":"68656c6c6f","expire_at":"0"}`, `"stored":"020000000000000000` + sealedHello + `"`},
	{"storage-envelope/read", storageKeys + `,"stored":"020000000000000000` + sealedHello + `"` + readHello, `"value":"68656c6c6f"`},
	{"storage-envelope/read", storageKeys + `,"stored":"000000000000000000` + sealedHello + `"` + readHello, `["stored-value-integrity"]`},
	{"storage-envelope/read", storageKeys + `,"stored":"030000000000000000` + sealedHello + `"` + readHello, `["stored-value-integrity"]`},
	{"storage-envelope/read", storageKeys + `,"stored":"080000000000000000` + sealedHello + `"` + readHello, `["value-header-reserved"]`},
	{"fsm-entries/bootstrap-encode", `{"fields":{"storage_dek_id":1,"wrapped_storage":"73746f726167652d77","raft_dek_id":2,` +
		`"wrapped_raft":"726166742d77","rows":[{"dek_id":1,"full_node_id":"11","local_epoch":1}]}}`,
		`"01000000010000000973746f726167652d770000000200000006726166742d770000000100000001000000000000000b0001"`},
	{"fsm-entries/rotation-decode", `{"body":"0103"}`, `["wire-subtag"]`},
	{"kek-wrap/unwrap", `{"kek":"` + exampleKEK + `","wrapped":"` + exampleWrap + `"}`, `"dek":"` + exampleKey + `"`},
	{"kek-wrap/wrap", `{"kek":"` + exampleKEK + `","dek":"` + exampleKey + `","times":3}`, `"all_nonces_differ":true`},
	{"sidecar/json-rules", `{"document":"` + sidecarLoose + `"}`,
		`"keys":{"5":{"purpose":"raft","wrapped":"010003","created":"","local_epoch":0}}`},
	{"sidecar/read-rejects", `{"document":"{\"version\":3,\"raft_applied_index\":-1}"}`, `["json-type"]`},
	{"snapshot-header/read", `{"stream":"454b5654484c4332001000000000` + `0000dead000000000000beefaa"}`,
		`{"ceiling_ms":"57005","consumed":26,"cutover":"48879","remaining":"aa"}`},
	{"snapshot-header/token", `{"operation":"decode","token":"454b5654000000000000000100deadbeef"}`, `"is_token":true`},
	{"writer-registry/key", `{"dek_id":8,"node_id16":54464}`, `"21656e6372797074696f6e7c777269746572737c000000087cd4c0"`},
	{"writer-registry/no-such-group", `{}`, `"unsupported":`},
}

func TestExamples(t *testing.T) {
	for _, example := range examples {
		name := strings.SplitN(example.group, "/", 2)
		line := `{"id":7,"op":"vec","args":{"format":"` + name[0] + `","group":"` + name[1] + `","input":` + example.input + `}}` + "\n"
		var out, log bytes.Buffer
		if err := serve(strings.NewReader(line), &out, &log); err != nil || log.Len() > 0 {
			t.Fatalf("%s: %v %s", example.group, err, log.String())
		}
		if !strings.Contains(out.String(), example.want) {
			t.Errorf("%s\n  want %s\n  got  %s", example.group, example.want, out.String())
		}
	}
}

func TestAPanicIsAFault(t *testing.T) {
	groups["panics"] = map[string]handler{"now": func(json.RawMessage) (observed, error) {
		var nothing []byte
		return observed{"byte": nothing[0]}, nil
	}}
	defer delete(groups, "panics")
	rep := answer(request{ID: 3, Op: "vec", Args: json.RawMessage(`{"format":"panics","group":"now","input":{}}`)})
	if rep.ID != 3 || rep.OK != nil || rep.Fault == nil {
		t.Errorf("got %+v", rep)
	}
}
