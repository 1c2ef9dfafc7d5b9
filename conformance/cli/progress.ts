/** A progress bar on stderr: only on a terminal, and only when the run lasts longer than a second. */
import { Presets, SingleBar } from 'cli-progress';
import type { RunEvent } from '../report/events.js';

const AFTER_MS = 1_000;

export interface Progress { onEvent(event: RunEvent): void; stop(): void }

export function progressBar(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { onEvent: () => undefined, stop: () => undefined };
  const bar = new SingleBar({ format: ' {bar} {value}/{total} cases · {group}', stream, clearOnComplete: true, hideCursor: null }, Presets.shades_grey);
  let [total, done, group, running] = [0, 0, '', false];
  const begin = setTimeout(() => {
    running = true;
    bar.start(total, done, { group });
  }, AFTER_MS);
  begin.unref();
  return {
    onEvent: (event) => {
      if (event.type === 'plan') {
        total = event.checks.reduce((sum, { run, cases }) => sum + (run === 'sent' ? cases : 0), 0);
        if (running) bar.setTotal(total);
      } else if (event.type === 'request' && event.case !== undefined) {
        done = Math.min(total, done + 1);
        group = event.case.slice(0, event.case.indexOf('/'));
        if (running) bar.update(done, { group });
      }
    },
    stop: () => {
      clearTimeout(begin);
      if (running) bar.stop();
    },
  };
}
