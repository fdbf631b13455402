// All packs that ship, loaded at once, on invented people and on a real half year of a shop: they must all have something to say,
// say the same with other numbers of workers and batches, and each must say together with the others what it says alone.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { DEMO_START_MS, population } from "../../../src/demo/population.ts";
import { loadPackFile } from "../../../src/packs/load/load.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { ECOM, type Prepared, prepare, write } from "../live-run.ts";
import { combinations, mustBeEqual, type Replayed, replay } from "../replays.ts";
import { allPacks } from "../shipped-packs.ts";

export const rulesTogetherChecks: readonly Check[] = [
  { name: "rules-population", about: "all packs that ship at once on the seeded population", run: onPopulation },
  { name: "rules-ecom", about: "all packs that ship at once on ecom_stream", run: (bench) => onEvents(bench, prepare(bench, ECOM), needsAmounts) },
];

const CLOCK = { TIDEMARK_CLOCK: "event" };

async function onPopulation(bench: Bench): Promise<void> {
  const messages = [...population({ seed: 7, contacts: bench.short ? 400 : 1500, days: 182, startMs: DEMO_START_MS })];
  await onEvents(bench, write(bench, "population.ndjson", messages));
}

/** `maySayNothing`: packs that cannot do anything with these events. */
async function onEvents(bench: Bench, { file, messages, until }: Prepared, maySayNothing = (_: string): boolean => false): Promise<void> {
  const packs = allPacks();
  const options = { events: file, until, env: CLOCK };
  const together = await replay(bench, "together", { ...options, packs });
  const said = byPack(together);
  const silent = packs
    .filter((pack) => !maySayNothing(pack))
    .map(nameOf)
    .filter((name) => !said.has(name));
  must(silent.length === 0, `nothing came of ${silent.join(", ")}`);
  for (const { workers, batch } of combinations(bench).slice(0, 3))
    mustBeEqual(together, await replay(bench, `${workers} workers, batches of ${batch}`, { ...options, packs, workers, batch }));
  for (const pack of bench.short ? packs.slice(0, 3) : packs) {
    const alone = byPack(await replay(bench, `alone-${nameOf(pack)}`, { ...options, packs: [pack] })).get(nameOf(pack));
    must(same(alone ?? [], said.get(nameOf(pack)) ?? []), `${nameOf(pack)} says other things when it runs with the others`);
  }
  const counts = [...said].map(([name, lines]) => `${name} ${lines.length}`).sort();
  bench.say(`${messages.length} events, ${packs.length} packs; transitions and triggers: ${counts.join(", ")}`);
}

/** ecom_stream has orders without amounts, and the RFM of a purchase needs one. */
function needsAmounts(file: string): boolean {
  const loaded = loadPackFile(file);
  return loaded.ok && loaded.pack.rfm !== null;
}

const nameOf = (file: string): string => basename(file, ".yaml");

/** What each pack said, without what depends on who else is there: the effect's number and `also`. */
function byPack({ transitions, triggers }: Replayed): Map<string, string[]> {
  const said = new Map<string, string[]>();
  for (const file of [transitions, triggers])
    for (const line of readFileSync(file, "utf8").split("\n")) {
      if (line === "") continue;
      const { id: _, source: __, ...effect } = JSON.parse(line) as { id: string; source: string; data: { pack: string; also?: unknown } };
      const { also: ___, ...data } = effect.data;
      const lines = said.get(data.pack) ?? [];
      said.set(data.pack, lines);
      lines.push(JSON.stringify({ ...effect, data }));
    }
  return said;
}

/** Contacts are islands: between them the order may differ. */
const same = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a !== undefined && b !== undefined && a.toSorted().join("\n") === b.toSorted().join("\n");
