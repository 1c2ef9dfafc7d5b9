/** All vector formats that the protocol can carry, by name. */
import type { Format } from './format.js';
import { proposalEnvelope } from './proposal-envelope.js';

export const formats: Readonly<Record<string, Format>> = {
  [proposalEnvelope.name]: proposalEnvelope,
};
