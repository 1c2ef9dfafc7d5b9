/** Mutants of the classes of callers: whom a hold stops, and in which form each class is taken. */
import type { CallerClass } from '../../src/6E-2/caller-classes.js';
import type { Operations } from '../../src/node/compose.js';
import { openLeader } from '../../src/node/leader.js';
import { sealing } from './leading.js';
import type { Mutant } from './mutant.js';
import { over } from './over.js';

const format = 'scenarios';

/** One class of callers with the source tag of the others. */
const tagged = (sound: Operations, caller: CallerClass): Partial<Operations> => ({
  sourceTag: (asked) => asked !== caller ? sound.sourceTag(asked) : sound.sourceTag(asked) === 'user' ? 'encryption_admin' : 'user',
});

/** Some classes of callers proposed as if the wrap switch were off. */
const plainFor = (sound: Operations, ...callers: CallerClass[]): Partial<Operations> => ({
  openLeader: async (replica, prefix) => {
    let plain = false;
    const { sealing: sealed } = replica;
    const leader = await openLeader(sound, over(replica, { sealing: over(sealed, { get on() { return sealed.on && !plain; } }) }), prefix);
    return over(leader, {
      propose: (caller, data) => {
        plain = callers.includes(caller);
        return leader.propose(caller, data);
      },
    });
  },
});

export const callerMutants: readonly Mutant[] = [
  {
    id: 'client-write-exempt', wrong: 'lets a client-write pass a hold', clause: '6E-2/caller-classes', format,
    replace: (sound) => tagged(sound, 'client-write'),
    claims: [{ check: 'intake/callers-at-a-hold/client-write-held', answers: { result: 'ok' } }],
  },
  {
    id: 'forwarded-write-exempt', wrong: 'lets a forwarded-write pass a hold', clause: '6E-2/caller-classes', format,
    replace: (sound) => tagged(sound, 'forwarded-write'),
    claims: [{ check: 'intake/callers-at-a-hold/forwarded-write-held', answers: { result: 'ok' } }],
  },
  {
    id: 'lease-exempt', wrong: 'lets the renewal of a lease pass a hold, and the drain pass it over', clause: 'repair/bounded-hold', format,
    replace: (sound) => tagged(sound, 'lease-renewal'),
    claims: [
      { check: 'gate/lease-is-user-traffic/drain-waits-for-a-lease', answers: { result: 'ok' } },
      { check: 'gate/lease-is-user-traffic/lease-is-held', answers: { result: 'ok' } },
      { check: 'intake/callers-at-a-hold/lease-held', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'registration-held', wrong: 'holds a registration as it holds users', clause: '6E-2/admin-exempt', format,
    replace: (sound) => tagged(sound, 'registration'),
    claims: [{ check: 'intake/callers-at-a-hold/registration-passes', answers: { result: 'refused', reason: 'cutover-in-progress' } }],
  },
  {
    id: 'pre-registration-held', wrong: 'holds a pre-registration as it holds users', clause: '6E-2/admin-exempt', format,
    replace: (sound) => tagged(sound, 'pre-registration'),
    claims: [
      { check: 'intake/callers-at-a-hold/pre-registration-passes', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'intake/keeps-its-form/refused-when-its-form-is-not-due', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'rotation-held', wrong: 'holds a rotation as it holds users', clause: '6E-2/admin-exempt', format,
    replace: (sound) => tagged(sound, 'rotation'),
    claims: [{ check: 'intake/callers-at-a-hold/rotation-passes', answers: { result: 'refused', reason: 'cutover-in-progress' } }],
  },
  {
    id: 'storage-cutover-held', wrong: 'holds a storage-cutover as it holds users', clause: '6E-2/admin-exempt', format,
    replace: (sound) => tagged(sound, 'storage-cutover'),
    claims: [{ check: 'intake/callers-at-a-hold/storage-cutover-passes', answers: { result: 'refused', reason: 'cutover-in-progress' } }],
  },
  {
    id: 'bootstrap-held', wrong: 'holds a bootstrap as it holds users', clause: '6E-2/admin-exempt', format,
    replace: (sound) => tagged(sound, 'bootstrap'),
    claims: [{ check: 'intake/callers-at-a-hold/bootstrap-passes', answers: { result: 'refused', reason: 'cutover-in-progress' } }],
  },
  {
    id: 'wraps-no-writes', wrong: 'proposes the writes of clients plain above the cutover', clause: '6E-2/caller-classes', format,
    replace: (sound) => plainFor(sound, 'client-write'),
    claims: [
      { check: 'barrier/caller-goes-behind-the-append/writes-sealed-afterwards', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'barrier/caller-goes-when-applied/sealed', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'barrier/drain-that-fails/sealed-behind-the-second-call', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'barrier/six-steps/sealed-after', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'intake/callers-above-the-cutover/client-write-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
    ],
  },
  {
    id: 'wraps-no-forwarded-writes', wrong: 'proposes what another node passed on as it came', clause: '6E-2/caller-classes', format,
    replace: (sound) => plainFor(sound, 'forwarded-write'),
    claims: [{ check: 'intake/callers-above-the-cutover/forwarded-write-sealed', answers: { result: 'refused', reason: 'form-not-due' } }],
  },
  {
    id: 'wraps-no-leases', wrong: 'proposes leases plain above the cutover', clause: '6E-2/caller-classes', format,
    replace: (sound) => plainFor(sound, 'lease-renewal'),
    claims: [
      { check: 'gate/lease-is-user-traffic/lease-goes-on-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'gate/lease-is-user-traffic/lease-lasts', answers: { result: 'ok' } },
      { check: 'intake/callers-above-the-cutover/applied-as-they-were-meant', answers: { result: 'ok' } },
      { check: 'intake/callers-above-the-cutover/lease-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
    ],
  },
  {
    id: 'wraps-users-alone', wrong: 'proposes what changes encryption plain above the cutover', clause: '6E-2/caller-classes', format,
    replace: (sound) => plainFor(sound, 'registration', 'pre-registration', 'rotation', 'storage-cutover'),
    claims: [
      { check: 'intake/callers-above-the-cutover/pre-registration-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'intake/callers-above-the-cutover/registration-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'intake/callers-above-the-cutover/rotation-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'intake/callers-above-the-cutover/storage-cutover-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
    ],
  },
  {
    id: 'wraps-from-the-bootstrap-on', wrong: 'wraps as soon as there is a raft key, whatever the switch says', clause: '6E-2/wrap-switch', format,
    replace: (sound) => sealing(sound, (sealed) => ({
      get on() { return sealed.raftKey !== 0; },
      seal: (payload) => sealed.on ? sealed.seal(payload) : sealed.sealAnyway(payload),
    })),
    claims: [
      { check: 'barrier/caller-goes-behind-the-append/plain-again', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'barrier/drain-that-fails/in-flight-goes-on', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'barrier/restart-before-the-append/plain-still', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'barrier/six-steps/plain-before', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'gate/ends-with-the-term/plain-when-it-leads-again', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'intake/accept-and-append/appended-at-the-end', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'intake/accept-and-append/appended-behind-it', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'intake/keeps-its-form/nothing-appended', answers: { result: 'ok' } },
      { check: 'intake/keeps-its-form/wrapped-again-it-goes-through', answers: { result: 'ok' } },
      { check: 'intake/own-registration/own-registration-plain', answers: { result: 'refused', reason: 'form-not-due' } },
    ],
  },
  {
    id: 'wraps-unregistered', wrong: 'wraps writes before this load is registered', clause: '6E-2/intake', format,
    replace: (sound) => sealing(sound, (sealed) => ({ seal: (payload) => sealed.sealAnyway(payload) })),
    claims: [
      { check: 'barrier/restart-when-applied/not-counted-when-it-cannot-be-wrapped', answers: { result: 'ok' } },
      { check: 'barrier/restart-when-applied/refused-before-its-registration', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'never-registered', wrong: 'takes no registration for its own, and wraps no write', clause: '6E-2/barrier-6-open', format,
    replace: () => ({ countsAsRegistered: () => false }),
    claims: [
      { check: 'barrier/six-steps/step-6-opens', answers: { result: 'refused', reason: 'writer-not-registered' } },
      { check: 'holes/h12/write-is-taken', answers: { result: 'refused', reason: 'writer-not-registered' } },
    ],
  },
  {
    id: 'registers-another-epoch', wrong: 'registers itself under an epoch that is not that of its load', clause: 'base/registration-cases', format,
    replace: (sound) => sealing(sound, (sealed) => ({
      registration: () => {
        const { localEpoch, ...row } = sealed.proposer();
        return Uint8Array.of(3, ...sound.encodeRegistration({ ...row, localEpoch: localEpoch + 1 as typeof localEpoch }));
      },
    })),
    claims: [{ check: 'intake/own-registration/own-row', answers: { result: 'ok' } }],
  },
];
