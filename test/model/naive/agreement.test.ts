// The engine and the naive model over the same random logs (random-agreement.ts). A failure names its seed:
// `SEED=7 npm test -- test/model/naive/agreement` repeats it alone, KIND=triggers one kind of pack, RUNS=200 runs more of them;
// `npm run verify -- --only naive-random` runs thousands of short ones.

import { describe, expect, test } from "vitest";
import { agreementOn, KINDS, type Kind } from "./random-agreement.ts";

const only = process.env["SEED"];
const runs = Number(process.env["RUNS"] ?? 4);
const seeds = only === undefined ? Array.from({ length: runs }, (_, index) => index + 1) : [Number(only)];
const wanted = (Object.keys(KINDS) as Kind[]).filter((kind) => (process.env["KIND"] ?? kind) === kind);
const cases = wanted.flatMap((kind) => [["event", kind] as const, ["stored", kind] as const]);

describe.each(cases)("clock %s, %s", (clock, kind) => {
  test.each(seeds)("seed %i: same effects and same contacts", (seed) => {
    expect(agreementOn({ kind, seed, clock, short: true }).differences).toEqual([]);
  });
});
