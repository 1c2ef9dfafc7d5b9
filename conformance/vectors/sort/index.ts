/** The sorting of all formats by name. */
import type { FormatSorting } from './rules.js';
import { proposalEnvelopeSorting } from './proposal-envelope.js';

export const sorting: Readonly<Record<string, FormatSorting>> = {
  'proposal-envelope': proposalEnvelopeSorting,
};
