// All packs that ship, run at once on invented people: each has something to say, nothing is lost, and one worker gives what
// three give. `npm run verify -- --only rules-population --only rules-ecom` does it at length, and on real input.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { DEMO_START_MS, population } from "../../src/demo/population.ts";
import { lines, run } from "../cli/command-line.ts";
import { allPacks } from "../verify/shipped-packs.ts";

test("all packs at once", { timeout: 120_000 }, async () => {
  const where = mkdtempSync(join(tmpdir(), "tidemark-together-"));
  const messages = [...population({ seed: 3, contacts: 80, days: 90, startMs: DEMO_START_MS })];
  writeFileSync(join(where, "events.ndjson"), messages.map(({ json }) => `${json}\n`).join(""));
  const packs = allPacks();
  const replay = async (workers: number) => {
    const out = join(where, `out-${workers}`);
    const {
      exit,
      out: summary,
      err,
    } = await run(`replay ${where}/events.ndjson --set clock=event --workers ${workers} --transitions ${out} --json`, {
      more: packs.flatMap((pack) => ["--pack", pack]),
    });
    expect([exit, err]).toEqual([0, ""]);
    return { summary: JSON.parse(summary) as { digest: string; outcomes: Record<string, number> }, transitions: readFileSync(out, "utf8") };
  };
  const [one, three] = [await replay(1), await replay(3)];
  expect(three.transitions).toBe(one.transitions);
  expect(three.summary.digest).toBe(one.summary.digest);
  expect(Object.values(one.summary.outcomes).reduce((sum, count) => sum + count, 0)).toBe(messages.length);
  const said = new Set(lines(one.transitions).map((line) => (JSON.parse(line) as { data: { pack: string } }).data.pack));
  expect([...said].toSorted()).toEqual(packs.map((pack) => basename(pack, ".yaml")).toSorted());
});
