/**
 * Caller classes: who proposes, and the source tag by which the gate knows whom to hold.
 *
 * Implements 6E-2/caller-classes (spec/6E-2/intake.md).
 */

/** By its tag a proposal is held at the gate, or passes it. */
export type SourceTag = 'user' | 'encryption_admin';

/**
 * The callers, each with its tag. A lease is in neither list of the proposal; it is user traffic (repair/bounded-hold).
 *
 * @clause 6E-2/caller-classes repair/bounded-hold
 */
export const CALLER_CLASSES = {
  'client-write': 'user',
  'forwarded-write': 'user',
  'lease-renewal': 'user',
  'registration': 'encryption_admin',
  'pre-registration': 'encryption_admin',
  'bootstrap': 'encryption_admin',
  'rotation': 'encryption_admin',
  'storage-cutover': 'encryption_admin',
} as const satisfies Record<string, SourceTag>;

/** The class of a caller. The cutover entry is none of them: the barrier appends it itself. */
export type CallerClass = keyof typeof CALLER_CLASSES;

/**
 * The tag of the cutover entry.
 *
 * @clause 6E-2/caller-classes 6E-2/admin-exempt
 */
export const CUTOVER_ENTRY_TAG: SourceTag = 'encryption_admin';

/**
 * The tag of a caller.
 *
 * @clause 6E-2/caller-classes 6E-2/admin-exempt
 */
export const sourceTag = (caller: CallerClass): SourceTag => CALLER_CLASSES[caller];
