// Ctrl-C and SIGTERM. The first asks for a clean stop; one that arrives within 300 ms of it is the same keystroke coming a
// second time through npm, which passes on what the terminal has sent to both; a later one means it, and the process ends at once.
// What a clean stop does is the command's business: here is only the wish.

import type { EventEmitter } from "node:events";

/** Through npm the same Ctrl-C arrives twice, a few milliseconds apart; nobody presses twice on purpose this fast. */
export const SAME_KEYSTROKE_MS = 300;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

export interface SignalSource {
  readonly emitter: EventEmitter;
  readonly now: () => number;
  /** Ends the process at once, with the exit code that shells expect after a signal. */
  readonly exit: (code: number) => void;
}

/** Runs `task` with a signal that aborts with the first request to stop, and then gives the signals back. */
export async function untilStopRequest<T>(task: (signal: AbortSignal) => Promise<T>, source: SignalSource = processSignals()): Promise<T> {
  const controller = new AbortController();
  let firstMs: number | undefined;
  const listeners = Object.entries(SIGNALS).map(([name, code]) => {
    const listener = (): void => {
      if (firstMs === undefined) {
        firstMs = source.now();
        controller.abort();
      } else if (source.now() - firstMs >= SAME_KEYSTROKE_MS) source.exit(code);
    };
    source.emitter.on(name, listener);
    return { name, listener };
  });
  try {
    return await task(controller.signal);
  } finally {
    for (const { name, listener } of listeners) source.emitter.off(name, listener);
  }
}

function processSignals(): SignalSource {
  return { emitter: process, now: () => performance.now(), exit: (code) => process.exit(code) };
}
