/** A progress bar on stderr: only on a terminal, and only when the run lasts longer than a second. */
import { Presets, SingleBar } from 'cli-progress';
import type { RunEvent } from '../report/events.js';
import { count } from '../report/text.js';

const AFTER_MS = 1_000;

export interface Progress { onEvent(event: RunEvent): void; stop(): void }

export function progressBar(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { onEvent: () => undefined, stop: () => undefined };
  const bar = new SingleBar({ format: ' {bar} {value}/{total} cases · {group}', stream, clearOnComplete: true, hideCursor: null }, Presets.shades_grey);
  let [total, done, crashes, group, last, running] = [0, 0, 0, '', '', false];
  const begin = setTimeout(() => {
    running = true;
    bar.start(total, done, { group });
  }, AFTER_MS);
  begin.unref();
  return {
    onEvent: (event) => {
      if (event.type === 'plan') {
        // A scenario is a case of its own here, however many checks stand in it.
        const scenarios = new Set(event.checks.flatMap(({ run, scenario }) => run === 'sent' && scenario !== undefined ? [scenario] : []));
        total = event.checks.reduce((sum, { run, cases, kind }) => sum + (run === 'sent' && kind === undefined ? cases : 0), scenarios.size);
        if (running) bar.setTotal(total);
      } else if (event.type === 'request' && event.case !== undefined && event.case !== last) {
        last = event.case;
        done = Math.min(total, done + 1);
        group = event.case.slice(0, event.case.indexOf('/'));
        if (running) bar.update(done, { group });
      } else if (event.type === 'crash') {
        crashes += 1;
        if (running) bar.update(done, { group: count(crashes, 'crash', 'crashes') });
      }
    },
    stop: () => {
      clearTimeout(begin);
      if (running) bar.stop();
    },
  };
}
