/** What the tests of scenarios share: a small node in JavaScript that can misbehave, and a suite of scenarios written for it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { invariantChecks, scenarioChecks, type Suite } from '../conformance/scenarios/library.js';
import { readScenario } from '../conformance/scenarios/load.js';
import type { ScenarioFile } from '../conformance/scenarios/schema.js';
import { home } from './toy-adapter.js';

const NODE = `
const fs = require('fs'), path = require('path'), { createHash } = require('crypto');
const [, , mode] = process.argv;
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
const virtual = new Map(), nodes = new Map();
let armed = null, reached = false, applies = 0, deaths = 0;
class Crash extends Error {}
const disk = (dir, real) => ({
  get(name) { if (!real) return virtual.get(dir + '/' + name); try { return fs.readFileSync(path.join(dir, name), 'utf8'); } catch { return undefined; } },
  put(name, text) { if (!real) virtual.set(dir + '/' + name, text); else { fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true }); fs.writeFileSync(path.join(dir, name), text); } },
});
const point = (node, name) => {
  if (!armed || armed.node !== node.id || armed.point !== name) return;
  if (mode !== 'forever' && --armed.nth > 0) return;
  if (mode !== 'forever') armed = null;
  reached = true;
  deaths += 1;
  if (mode === 'third' || (mode === 'second' && deaths === 2)) node.disk.put('fsm/state.json', JSON.stringify({ ...node.fsm, applied: node.fsm.applied + 7 }));
  if (node.real) process.exit(86);
  nodes.delete(node.id);
  throw new Crash(name);
};
const read = (node, name, none) => JSON.parse(node.disk.get(name) || JSON.stringify(none));
const ops = {
  open(id, args) {
    const node = { id, real: args.disk === 'dir', disk: disk(args.directory, args.disk === 'dir'), commit: 0, halted: null };
    node.log = read(node, 'log/log.json', []);
    node.fsm = read(node, 'fsm/state.json', { applied: 0, chain: '00'.repeat(32) });
    const text = node.disk.get('encryption/keys.json');
    if (text !== undefined && !text.startsWith('{')) return { refused: { reasons: ['json-syntax'] } };
    node.sidecar = read(node, 'encryption/keys.json', { cutover: 0, index: 0, epoch: 0 });
    node.sidecar.epoch += 1;
    node.disk.put('encryption/keys.json', JSON.stringify(node.sidecar));
    point(node, 'sidecar');
    nodes.set(id, node);
    return { ok: {} };
  },
  close(id) { nodes.delete(id); return { ok: {} }; },
  append(id, { entries }) {
    const node = nodes.get(id);
    if (mode === 'refuses') return { refused: { reasons: ['log-gap'] } };
    node.log = [...node.log.slice(0, Number(entries[0].index) - 1), ...entries];
    node.disk.put('log/log.json', JSON.stringify(node.log));
    return { ok: { last: String(node.log.length) } };
  },
  commit(id, { to }) { nodes.get(id).commit = Math.max(nodes.get(id).commit, Number(to)); return { ok: {} }; },
  apply(id, { to, step }) {
    const node = nodes.get(id), results = [];
    if (mode === 'exit86') process.exit(86);
    if (mode === 'dies' || (mode === 'tires' && ++applies > 1)) process.exit(3);
    if (mode === 'hangs') return null;
    if (mode === 'faults') return { fault: { message: 'no such thing' } };
    if (mode === 'odd') return { ok: { results: 'none' } };
    while (node.fsm.applied < Math.min(node.commit, to === undefined ? Infinity : Number(to))) {
      const index = node.fsm.applied + 1, bytes = Buffer.from(node.log[index - 1].data, 'hex').subarray(9);
      if (bytes.includes('poison')) { node.halted = ['authentication-failed', 'raft-unwrap-failed']; return { halted: { reasons: node.halted, index: String(index), results } }; }
      if (bytes.subarray(0, 3).toString('hex') === '050105' && node.sidecar.cutover === 0) {
        node.sidecar = { ...node.sidecar, cutover: index, index };
        if (mode !== 'ahead') node.disk.put('encryption/keys.json', JSON.stringify(node.sidecar));
        point(node, 'sidecar');
      }
      const hash = createHash('sha256').update(Buffer.from(node.fsm.chain, 'hex'));
      const at = Buffer.alloc(8); at.writeBigUInt64BE(BigInt(mode === 'wrong' ? index + 1 : index));
      node.fsm = { applied: index, chain: hash.update(at).update(bytes).digest('hex') };
      node.disk.put('fsm/state.json', JSON.stringify(node.fsm));
      point(node, 'fsm');
      if (mode === 'ahead') node.disk.put('encryption/keys.json', JSON.stringify(node.sidecar));
      results.push({ index: String(index), outcome: 'apply' });
      if (step) break;
    }
    return { ok: { applied: String(node.fsm.applied), results } };
  },
  state(id) {
    const node = nodes.get(id), cutover = String(node.sidecar.cutover);
    return { ok: {
      applied: String(node.fsm.applied), cutover, wrap: mode === 'wrapless' ? false : cutover !== '0', halted: node.halted, chain: node.fsm.chain,
      ...(mode !== 'silent' && { sidecar: { index: String(node.sidecar.index), cutover, storage: false, storage_cutover: '0' } }),
      epochs: { storage: node.sidecar.epoch, raft: node.sidecar.epoch }, log: { first: '1', last: String(node.log.length), commit: String(node.commit) },
    } };
  },
  'crash.arm'(node, args) { armed = { ...args, node }; reached = false; return { ok: {} }; },
  'crash.disarm'() { armed = null; return { ok: { reached } }; },
  'crash.now'(id) { if (nodes.get(id).real) process.exit(86); nodes.delete(id); return { ok: { crashed: 'now' } }; },
  'disk.list'(id) { const under = id + '/'; return { ok: { paths: [...virtual.keys()].filter((key) => key.startsWith(under)).map((key) => key.slice(under.length)) } }; },
  'disk.read'(id, { path: name }) { const text = virtual.get(id + '/' + name); return { ok: { data: text === undefined ? null : Buffer.from(text).toString('hex') } }; },
  'disk.write'(id, { path: name, data }) { virtual.set(id + '/' + name, Buffer.from(data, 'hex').toString()); return { ok: {} }; },
  'disk.remove'(id, { path: name }) { virtual.delete(id + '/' + name); return { ok: {} }; },
  reset() { nodes.clear(); virtual.clear(); armed = null; deaths = 0; return mode === 'forgetful' ? { unsupported: { what: 'reset' } } : { ok: {} }; },
  bye() { setImmediate(() => process.exit(0)); return { ok: {} }; },
};
const caps = { bare: [], forever: ['disk.virtual', 'crash.points'], second: ['disk.virtual', 'crash.points'], real: ['disk.dir', 'crash.points'], virtual: ['disk.virtual', 'crash.points'] }[mode] || ['disk.dir', 'disk.virtual', 'crash.points'];
require('readline').createInterface({ input: process.stdin }).on('line', (text) => {
  const { id, op, node, args } = JSON.parse(text);
  if (op === 'hello') return say({ id, ok: {
    protocol: 1, implementation: { name: 'toy node' }, level: mode === 'codec' ? 'L0' : 'L1', profile: args.profile, formats: {}, caps, crashPoints: ['sidecar', 'fsm', 'never'],
    ...(mode === 'alone' && { limits: { maxNodes: 1 } }), files: mode === 'placeless' ? {} : { sidecar: 'encryption/keys.json', log: 'log/**', fsm: mode === 'misplaced' ? '../fsm' : 'fsm/**' },
  } });
  if (!ops[op]) return say({ id, unsupported: { what: op } });
  try {
    const outcome = ops[op](node, args);
    if (outcome !== null) say({ id, ...outcome });
    if (mode === 'twice' && op === 'state') say({ id, ...outcome });
  } catch (error) {
    say({ id, ...(error instanceof Crash ? { ok: { crashed: error.message } } : { fault: { message: error.message } }) });
  }
});
`;

const file = join(home, 'toy-node.cjs');
writeFileSync(file, NODE);
export const toyNode = (mode: string): string[] => [process.execPath, file, mode];

export type Toy = Omit<ScenarioFile, '$schema' | 'level' | 'since' | 'title'> & { readonly level?: ScenarioFile['level'] };

/** A suite of these scenarios alone, as they would be read from the files of a user. The package's own are not looked at. */
export function toySuite(...scenarios: readonly Toy[]): Suite {
  const loaded = scenarios.map((toy) => {
    const [folder = '', slug = ''] = toy.id.split('/');
    const text = JSON.stringify({ $schema: 'urn:cutcheck:schema:scenario:1', title: 'a toy', level: 'L1', since: '0.1.0', ...toy });
    return readScenario({ name: `${folder}/${slug}.json`, bytes: Buffer.from(text) }, 'extra/', `${folder}/`);
  });
  return {
    digest: 'sha256:toy', checks: [], unjudged: [], notOurs: 0, scenarios: loaded,
    scenarioChecks: loaded.flatMap(({ scenario }) => scenarioChecks(scenario)), invariantChecks: invariantChecks(loaded.map(({ scenario }) => scenario)),
  };
}
