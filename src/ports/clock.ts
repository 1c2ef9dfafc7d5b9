/** The port to the clock. */

/** Tells the time. */
export interface Clock {
  now(): Date;
}

/** The clock of this machine. @clause base/apply-bootstrap base/apply-rotation */
export const systemClock: Clock = { now: () => new Date() };
