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

const writers = (): Json[] => ['n1', 'n2', 'n3'].flatMap((node) => ['storage', 'raft'].map((key) => ({ key, node, epoch: 0 })));

/** A scenario with most steps of level L2. */
export const goodLeaderScenario = (): Json => ({
  $schema: 'urn:cutcheck:schema:scenario:1', id: 'a/led', title: 'a leader and two that follow', level: 'L2', since: '0.1.0', keys: { storage: 7, raft: 8 },
  steps: [
    { on: ['n1', 'n2', 'n3'], op: 'open' },
    { on: 'n1', op: 'role', is: 'leader', entry: 'term-1' },
    { on: 'n1', op: 'propose', source: 'bootstrap', payload: { bootstrap: { storage: 'storage', raft: 'raft', writers: writers() } }, ticket: 't-boot' },
    { on: 'n1', op: 'admit', ticket: 't-boot', entry: 'boot' },
    { on: ['n2', 'n3'], op: 'replicate', from: 'n1', commit: true },
    { on: 'n1', op: 'commit', to: 'boot' },
    { on: ['n1', 'n2', 'n3'], op: 'apply' },
    { on: 'n1', op: 'propose', source: 'client-write', payload: { text: 'one' }, ticket: 't-one', may: ['ok', 'refused'] },
    { on: 'n1', op: 'admit', ticket: 't-one', entry: 'one', if: 't-one' },
    { on: 'n1', op: 'cutover.begin', call: 'call' },
    {
      on: 'n1', op: 'cutover.step', call: 'call', until: 'proposed', entry: 'cut',
      checks: [{ check: 'plain', clause: '6E-2/barrier-3-propose', says: 'it is plain', expect: { ok: { phase: 'proposed', entry: { form: 'cutover' }, answer: { $absent: true } } } }],
    },
    { on: 'n2', op: 'replicate', from: 'n1', to: 'cut', apply: true },
    {
      on: ['n1', 'n2'], op: 'state',
      checks: [{ check: 'chain', clause: '6E-2/dispatch-is-strict', says: 'the state', any_of: [{ ok: { chain: { $chain: ['boot'] } } }, { ok: { cutover: { $index: 'cut' }, chain: { $chain: ['boot', 'one', 'cut'] } } }] }],
    },
    { on: 'n2', op: 'snapshot.take', snapshot: 'image' },
    { on: 'n3', op: 'snapshot.install', snapshot: 'image' },
  ],
});
