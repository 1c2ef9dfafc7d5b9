/** A scenario with an entry of most kinds, for the tests of scenarios to spoil. */
export type Json = Record<string, unknown>;

/** A scenario of every kind of entry. */
export const goodScenario = (): Json => ({
  $schema: 'urn:cutcheck:schema:scenario:1', id: 'a/good', title: 'what is right', level: 'L1', since: '0.1.0',
  keys: { storage: 7, raft: 8, next: 9 },
  entries: {
    term: { empty: true },
    boot: { plain: { bootstrap: { storage: 'storage', raft: 'raft', writers: [{ key: 'raft', node: 'n1', epoch: 0 }, { key: 'storage', node: '54464', epoch: 1 }] } } },
    write: { plain: { text: 'one' } },
    cut: { plain: { cutover: { key: 'raft', proposer: { node: 'n1', epoch: 0 } } } },
    after: { sealed: { payload: { text: 'two' }, key: 'raft' } },
    rotate: { sealed: { payload: { rotation: { key: 'next', purpose: 'raft', proposer: { node: 'n1', epoch: 0 } } }, key: 'raft' } },
    later: { sealed: { payload: { lease: '5' }, key: 'next' } },
  },
  steps: [
    { on: 'n1', op: 'open' },
    { on: 'n1', op: 'append', entries: ['term', 'boot', 'write', 'cut', 'after', 'rotate', 'later'] },
    { on: 'n1', op: 'commit', to: 'last' },
    { on: 'n1', op: 'apply', checks: [{ check: 'all', clause: '6E-2/dispatch-is-strict', says: 'all are applied', expect: { ok: { applied: { $index: 'later' } } } }] },
    {
      on: 'n1', op: 'state', save: 'end', checks: [{
        check: 'state', clause: '6E-2/dispatch-is-strict', says: 'the state',
        expect: { ok: { cutover: { $index: 'cut' }, chain: { $chain: ['boot', 'write', 'cut', 'after', 'rotate', 'later'] }, keys: { $has: [{ id: { $key: 'next' } }] } } },
      }],
    },
    { on: 'n1', op: 'close' },
    { on: 'n1', file: 'sidecar', edit: { keep: 'copy' } },
  ],
});
