/** Mutants of the wrapper of one node, as the group `proposal-wrapping` of the format `raft-envelope` judges them. */
import type { Mutant } from './mutant.js';

const format = 'raft-envelope';

export const proposalWrappingMutants: readonly Mutant[] = [
  {
    id: 'wrapper-installs-zero', wrong: 'installs a wrap without a cutover or without a key', clause: '6E-2/wrap-switch', format,
    replace: () => ({ checkInstall: () => {} }),
    claims: [{ check: 'raft-envelope/proposal-wrapping/wrap-switch', answers: { result: 'valid' } }],
  },
  {
    id: 'wrapper-unregistered', wrong: 'wraps before its registration has committed', clause: '6E-2/writer-registered', format,
    replace: () => ({ mayWrap: () => true }),
    claims: [{ check: 'raft-envelope/proposal-wrapping/writer-registered', answers: { result: 'valid' } }],
  },
  {
    id: 'wrapper-any-registration', wrong: 'lets any registration through before its own has committed', clause: '6E-2/writer-registered', format,
    replace: () => ({ mayWrap: (registered, payload) => registered || payload[0] === 0x03 }),
    claims: [{ check: 'raft-envelope/proposal-wrapping/writer-registered', answers: { result: 'valid' } }],
  },
  {
    id: 'wrapper-starts-without-key', wrong: 'starts behind a cutover without a raft key', clause: '6E-2/start-up-sets-switch', format,
    replace: () => ({ checkCutoverKey: () => {} }),
    claims: [{ check: 'raft-envelope/proposal-wrapping/start-up-sets-switch', answers: { result: 'valid' } }],
  },
];
