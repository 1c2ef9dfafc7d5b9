/**
 * The switch by apply: every replica that applies the cutover entry wraps from then on.
 *
 * Implements repair/switch-by-apply (spec/repair/switch-by-apply.md).
 */

/**
 * What a cutover entry that was applied makes of the wrap switch.
 *
 * @clause repair/switch-by-apply repair/applied-means-sealing
 */
export const switchByApply = (): boolean => true;
