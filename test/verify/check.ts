// What a check is, and how checks are run one after another: each ends as ok, FAILED or not run, with the reason beside it.
// A check that cannot run here (its data is absent, no network) throws NotRun and fails nothing; everything else it throws
// fails it.

import type { Bench } from "./bench.ts";

export interface Check {
  /** As in `--only`. */
  readonly name: string;
  /** What it shows, in a line. */
  readonly about: string;
  run(bench: Bench): Promise<void>;
}

export class NotRun extends Error {}

/** Throws with the message where the condition does not hold. */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly notRun: number;
}

/** Runs them in order and says of each how it ended. `bench` is called for each check: a place of its own. */
export async function runChecks(checks: readonly Check[], bench: (check: Check) => Promise<Bench>, say: (line: string) => void): Promise<Tally> {
  const tally = { passed: 0, failed: 0, notRun: 0 };
  for (const check of checks) {
    say(`${check.name}: ${check.about}`);
    const started = performance.now();
    const failure = await failureOf(check, bench);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (failure === undefined) tally.passed++;
    else if (failure instanceof NotRun) tally.notRun++;
    else tally.failed++;
    say(`${verdict(failure)} ${check.name} (${seconds} s)${failure === undefined ? "" : `: ${failure.message}`}`);
  }
  return tally;
}

/** `3 passed, 0 failed`, and what was not run only where something was not. */
export const formatTally = ({ passed, failed, notRun }: Tally): string => `${passed} passed, ${failed} failed${notRun === 0 ? "" : `, ${notRun} not run`}`;

const verdict = (failure: Error | undefined): string => (failure === undefined ? "ok" : failure instanceof NotRun ? "not run" : "FAILED");

async function failureOf(check: Check, open: (check: Check) => Promise<Bench>): Promise<Error | undefined> {
  let bench: Bench | undefined;
  try {
    bench = await open(check);
    await check.run(bench);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await bench?.close();
  }
}
