// The engine against the naive model, every contact: on both data sets and on the seeded population with the packs kept in bench/packs,
// in which every move, every segment and every trigger must occur.

import { readFileSync } from "node:fs";
import { DEMO_START_MS, population } from "../../../src/demo/population.ts";
import { logSubjects } from "../../../src/model/log.ts";
import { settingsSchema } from "../../../src/model/settings.ts";
import type { PackDefinition } from "../../../src/packs/definition.ts";
import { loadPack } from "../../../src/packs/load/load.ts";
import { formatProblems } from "../../../src/packs/problems.ts";
import { compareContacts, compareEffects, formatDifferences, type PublishedContact, type PublishedEvent } from "../../model/naive/compare.ts";
import { type NaiveEffect, NaiveModel } from "../../model/naive/model.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { CDNOW, type DataSet, ECOM, type Prepared, prepare, write } from "../live-run.ts";
import { lines, type Replayed, replay } from "../replays.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";

export const naiveChecks: readonly Check[] = [
  ...[ECOM, CDNOW].map((set) => ({
    name: `naive-${set.name}`,
    about: `the naive model agrees on every contact of ${set.name}`,
    run: (bench: Bench) => onDataSet(bench, set),
  })),
  { name: "naive-population", about: "the naive model agrees on the seeded population, and everything in the kept packs occurs", run: onPopulation },
];

async function onDataSet(bench: Bench, set: DataSet): Promise<void> {
  await compare(bench, prepare(bench, set), [set.pack]);
}

async function onPopulation(bench: Bench): Promise<void> {
  const messages = [...population({ seed: 1, contacts: 2000, days: 182, startMs: DEMO_START_MS })];
  const effects = await compare(bench, write(bench, "population.ndjson", messages), KEPT_PACKS);
  const missing = KEPT_PACKS.flatMap((file) => neverSeen(packOf(file), effects));
  must(missing.length === 0, `does not occur: ${missing.join(", ")}`);
}

/** Both over the same events; gives the model's effects. */
async function compare(bench: Bench, prepared: Prepared, packFiles: readonly string[]): Promise<NaiveEffect[]> {
  const replayed = await replay(bench, "engine", { events: prepared.file, packs: packFiles, until: prepared.until, env: { TIDEMARK_CLOCK: "event" } });
  const model = new NaiveModel(packFiles.map(packOf), settingsSchema.parse({ created: "2026-01-01T00:00:00Z", clock: "event" }));
  const effects = runModel(model, prepared, packFiles.length);
  const events = [...parsed<PublishedEvent>(replayed.transitions), ...parsed<PublishedEvent>(replayed.triggers)].sort(byIdentity);
  const written = new Set(["transition", "trigger", ...events.map((event) => event.type.split(".").at(-2))]);
  const differences = [
    ...compareEffects(
      effects.filter((effect) => written.has(effect.kind)),
      events,
    ),
    ...compareContacts(model.contacts(), parsed<PublishedContact>(replayed.contacts)),
  ];
  bench.say(`${prepared.messages.length} events, ${model.contacts().length} contacts, ${effects.length} effects, ${differences.length} differences`);
  must(differences.length === 0, `\n${formatDifferences(differences).join("\n")}`);
  mustHaveSeen(replayed, effects);
  return effects;
}

function runModel(model: NaiveModel, prepared: Prepared, packs: number): NaiveEffect[] {
  const subject = `${logSubjects("0").event}.x`;
  // A replay's log begins with the settings and the packs.
  const effects = prepared.messages.flatMap(({ json }, index) => model.apply({ position: 2 + packs + index, storedMs: Date.now(), subject, data: json }));
  return [...effects, ...model.advance(Date.parse(prepared.until))];
}

const mustHaveSeen = (replayed: Replayed, effects: readonly NaiveEffect[]): void =>
  must(effects.length > 0 && lines(replayed.transitions).length > 0, "nothing was compared");

const parsed = <T>(file: string): T[] => lines(file).map((line) => JSON.parse(line) as T);

/** Transitions and triggers come in two files; their ids put them back into one order. */
function byIdentity(a: PublishedEvent, b: PublishedEvent): number {
  const [one, other] = [a, b].map((event) => event.id.split("-").slice(-3).map(Number)) as [number[], number[]];
  return (one[0] ?? 0) - (other[0] ?? 0) || (one[1] ?? 0) - (other[1] ?? 0) || (one[2] ?? 0) - (other[2] ?? 0);
}

function packOf(file: string): PackDefinition {
  const result = loadPack(readFileSync(file, "utf8"), file);
  must(result.ok, result.ok ? "" : formatProblems(result.problems).join("\n"));
  return result.pack;
}

/** Moves, places and triggers of a pack that no effect shows. */
function neverSeen(pack: PackDefinition, effects: readonly NaiveEffect[]): string[] {
  const seen = new Set(effects.filter((effect) => effect.pack === pack.name && effect.kind !== "withheld").map(whatHappened));
  const all = [
    ...(pack.stages?.moves.map((_, index) => `move ${index + 1}`) ?? []),
    ...(pack.segments?.list.map((one) => `segment ${one.name}`) ?? []),
    ...pack.audiences.map((one) => `audience ${one.name}`),
    ...pack.triggers.map((one) => `trigger ${one.name}`),
  ];
  return all.filter((what) => !seen.has(what)).map((what) => `${pack.name}: ${what}`);
}

const whatHappened = (effect: NaiveEffect): string => {
  if (effect.kind === "trigger") return `trigger ${effect.name}`;
  return effect.move === null ? `${effect.name} ${effect.to}` : `move ${effect.move}`;
};
