/**
 * The ways in which the puppet can behave, each by its permanent name. A few of them are lawful and must pass; every
 * other one must be seen, named and survived by the runner.
 */

/** What the puppet does instead of answering one vector. */
export const atVector = {
  'hangs': 'never answers',
  'ignores-sigterm': 'never answers, ignores SIGTERM, and has a child that does so too',
  'crashes': 'exits in the middle of the request',
  'crashes-mid-line': 'writes half of the reply and exits',
  'garbage': 'prints a line of log to stdout',
  'wrong-id': 'answers with an id that nobody asked with',
  'answers-twice': 'sends the same reply twice at once',
  'answers-twice-late': 'sends the same reply again while the next request is open',
  'long-line': 'answers with a line of 2 MiB',
  'endless-line': 'writes without ever ending the line',
  'closes-stdout': 'closes stdout and lives on',
  'invalid-utf8': 'answers with bytes that are no UTF-8',
  'deep-nesting': 'answers with arrays nested 100 000 deep',
  'proto-member': 'answers with a member named __proto__',
  'two-outcomes': 'answers with ok and refused in one reply',
  'no-outcome': 'answers with an id and nothing else',
  'unsupported': 'answers "unsupported" to a vector of a format that it declared',
  'fault': 'answers with a fault',
  'says-valid': 'says "valid" to everything and shows no outputs',
  'floods-stderr': 'writes 4 MiB to stderr before the right reply',
  'talks-on-stderr': 'writes half a MiB to stderr before the right reply',
  'splits-line': 'writes the right reply in two pieces',
  'sends-event': 'sends an event before the right reply',
} as const;

/** What the puppet does instead of answering an operation of a node. */
export const atNode = {
  'node-hangs': 'never answers "apply"',
  'node-exits-86': 'exits with the status of a planned crash, and nobody has armed one',
  'node-crashes-unasked': 'answers that its node has died, and nobody has armed a point',
  'node-state-is-none': 'answers "state" with something that is none',
  'node-state-lies': 'says of its state that nothing was applied',
  'node-halts-without-reason': 'answers "halted" and gives no reason',
  'node-unknown': 'answers that it does not know whether it applied anything',
  'node-unsupported': 'answers "unsupported" to an operation of the level that it declared',
  'node-disarms-nonsense': 'answers "crash.disarm" with something that is no word on it',
  'node-says-reached': 'says that an armed point was reached, and lives',
  'node-exits-on-virtual': 'exits with the status of a planned crash where the disk is a virtual one',
  'node-comes-back-wrong': 'comes back from a crash in a state in which it never was',
  'node-cannot-forget': 'answers "unsupported" to "reset"',
} as const;

/** What the puppet does instead of answering an operation of a node that leads. */
export const atLeader = {
  'leader-begins-with-data': 'begins its term with an entry that is not empty',
  'leader-gives-no-ticket': 'takes a proposal and gives no ticket',
  'leader-gives-a-ticket-twice': 'gives the same ticket to two proposals',
  'leader-appends-elsewhere': 'says that an entry stands one place behind the end of its log',
  'leader-appends-in-another-term': 'says that an entry has another term than the one that it leads',
  'leader-appends-another-payload': 'appends another payload than was proposed',
  'leader-acknowledges-too-early': 'says that a proposal is done before its entry was applied',
  'leader-speaks-of-a-strange-ticket': 'says of a ticket that it never gave how it stands',
  'leader-does-two-steps': 'does two steps of the cutover at one request',
  'leader-waits-and-goes-on': 'says that a step waits, and does it',
  'leader-goes-on-when-asked': 'does a step of the cutover when it is asked how the call stands',
  'leader-changes-its-answer': 'tells the caller of the cutover something else than before',
  'leader-forgets-its-answer': 'has nothing to tell to the caller of the cutover, whom it had told',
  'leader-does-not-know': 'does not know whether it took a call of the cutover',
} as const;

/** What the puppet does before any vector is asked. */
export const atStart = {
  'refuses-to-start': 'writes to stderr and exits with code 3',
  'stays-silent': 'never answers hello',
  'bad-hello': 'answers hello without the members that it needs',
  'no-common-version': 'answers hello with a protocol number that nobody offered',
  'claims-operation': 'answers "ok" to an operation that does not exist',
} as const;

export type AtVector = keyof typeof atVector;
export type AtNode = keyof typeof atNode;
export type AtLeader = keyof typeof atLeader;
export type AtStart = keyof typeof atStart;
export type Misbehaviour = AtVector | AtNode | AtLeader | AtStart;

export const misbehaviours: Readonly<Record<Misbehaviour, string>> = { ...atStart, ...atVector, ...atNode, ...atLeader };
export const isAtLeader = (kind: Misbehaviour): kind is AtLeader => Object.hasOwn(atLeader, kind);
/** At a node, whether it leads or not. */
export const isAtNode = (kind: Misbehaviour): kind is AtNode | AtLeader => Object.hasOwn(atNode, kind) || isAtLeader(kind);
export const isMisbehaviour = (name: string): name is Misbehaviour => Object.hasOwn(misbehaviours, name);
