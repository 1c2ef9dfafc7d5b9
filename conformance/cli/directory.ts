/** A directory as the value of a flag. */
import { UsageError } from '../errors.js';

/** Refuses an empty value, which a shell makes of a variable that is not set. @throws UsageError naming the flag */
export const directoryOf = (flag: string) => (text: string): string => {
  if (text === '') throw new UsageError(`${flag}: a directory was expected, and nothing came`);
  return text;
};
