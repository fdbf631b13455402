// The engine against the naive model, every contact: on both data sets with a pack of their own, and on one of them and on the seeded
// population with all packs that ship.

import { readFileSync } from "node:fs";
import type { TimedMessage } from "../../../bench/data/segment-lines.ts";
import { DEMO_START_MS, population } from "../../../src/demo/population.ts";
import { logSubjects } from "../../../src/model/log.ts";
import { settingsSchema } from "../../../src/model/settings.ts";
import type { PackDefinition } from "../../../src/packs/definition.ts";
import { loadPack } from "../../../src/packs/load/load.ts";
import { formatProblems } from "../../../src/packs/problems.ts";
import { compareContacts, compareEffects, formatDifferences, type PublishedContact, type PublishedEvent } from "../../model/naive/compare.ts";
import { type NaiveEffect, NaiveModel } from "../../model/naive/model.ts";
import { countedIn } from "../../model/naive/population.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { CDNOW, ECOM, type Prepared, prepare, write } from "../live-run.ts";
import { lines, type Replayed, replay } from "../replays.ts";
import { allPacks } from "../shipped-packs.ts";

/**
 * New numbers of the population reach everyone with the next time step: in which order else hangs on where contacts lie in memory. And nobody is
 * known by two ids here: `naive-random` is where people are tied.
 */
const TIMERS = { recut_per_step: 100_000, recut_slots_per_step: 100_000 };
const ENVIRONMENT = {
  TIDEMARK_CLOCK: "event",
  TIDEMARK_IDENTITY_TIES: "none",
  TIDEMARK_TIMERS_RECUT_PER_STEP: String(TIMERS.recut_per_step),
  TIDEMARK_TIMERS_RECUT_SLOTS_PER_STEP: String(TIMERS.recut_slots_per_step),
};

const DAY = 86_400_000;
const CONTACTS = 2000;
const SHORT_CONTACTS = 300;

export const naiveChecks: readonly Check[] = [
  ...[ECOM, CDNOW].map((set) => ({
    name: `naive-${set.name}`,
    about: `the naive model agrees on every contact of ${set.name}`,
    run: async (bench: Bench) => void (await compare(bench, prepare(bench, set), [set.pack])),
  })),
  { name: "naive-rules-ecom", about: "the naive model agrees on ecom_stream with all packs that ship", run: onShop },
  { name: "naive-population", about: "the naive model agrees on the seeded population with all packs that ship", run: onPopulation },
];

async function onShop(bench: Bench): Promise<void> {
  await compareAll(bench, prepare(bench, ECOM));
}

/** Packs whose numbers come from everyone apart: in the model each new number looks at all packs of every contact. */
async function compareAll(bench: Bench, prepared: Prepared): Promise<NaiveEffect[]> {
  const isCounting = (file: string): boolean => countedIn(packOf(file)).length > 0;
  const [apart, rest] = [allPacks().filter(isCounting), allPacks().filter((file) => !isCounting(file))];
  return [...(await compare(bench, prepared, rest)), ...(await compare(bench, withPulse(bench, prepared), apart))];
}

/**
 * Somebody looks at a page a second after the first event of each day, when numbers of the population were counted: so everyone comes under
 * them then. In a gap of the log it would hang on the engine's lazily set deadlines as of when.
 */
function withPulse(bench: Bench, { messages }: Prepared): Prepared {
  let day = Number.NEGATIVE_INFINITY;
  const all = messages.flatMap((message): TimedMessage[] => {
    const isFirst = Math.floor(message.timeMs / DAY) > day;
    day = Math.max(day, Math.floor(message.timeMs / DAY));
    const timeMs = message.timeMs + 1000;
    const pulse = { type: "page", name: "Pulse", userId: "pulse", messageId: `pulse-${day}`, timestamp: new Date(timeMs).toISOString() };
    return isFirst ? [message, { timeMs, json: JSON.stringify(pulse) }] : [message];
  });
  return write(bench, "pulse.ndjson", all);
}

async function onPopulation(bench: Bench): Promise<void> {
  const contacts = bench.short ? SHORT_CONTACTS : CONTACTS;
  const messages = [...population({ seed: 1, contacts, days: 182, startMs: DEMO_START_MS })];
  const effects = await compareAll(bench, write(bench, "population.ndjson", messages));
  const seen = seenIn(effects);
  const all = allPacks().flatMap((file) => whatCan(packOf(file)));
  const missing = all.filter((what) => !seen.has(what));
  bench.say(`${all.length - missing.length} of ${all.length} moves, places and triggers occur; not ${missing.join(", ")}`);
}

/** Both over the same events; gives the model's effects. */
async function compare(bench: Bench, prepared: Prepared, packFiles: readonly string[]): Promise<NaiveEffect[]> {
  const replayed = await replay(bench, `engine-${packFiles.length}`, { events: prepared.file, packs: packFiles, until: prepared.until, env: ENVIRONMENT });
  const model = new NaiveModel(packFiles.map(packOf), settingsSchema.parse({ created: "2026-01-01T00:00:00Z", clock: "event", timers: TIMERS }));
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
  const until = Date.parse(prepared.until);
  // A replay's log begins with the settings and the packs.
  let position = 1 + packs;
  // Numbers of the population stand right behind the message at which was counted.
  const numbered = (effects: NaiveEffect[]): NaiveEffect[] => {
    for (const record of model.owed()) {
      position++;
      model.take(record);
    }
    return effects;
  };
  const effects = prepared.messages.flatMap(({ json }) => numbered(model.apply({ position: ++position, storedMs: Date.now(), subject, data: json })));
  effects.push(...numbered(model.advance(until)));
  return [...effects, ...numbered(model.advance(until))];
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

/** Moves, places and triggers of a pack. */
const whatCan = ({ name, stages, segments, audiences, triggers }: PackDefinition): string[] =>
  [
    ...(stages?.moves.map((_, index) => `move ${index + 1}`) ?? []),
    ...(segments?.list.map((one) => `segment ${one.name}`) ?? []),
    ...audiences.map((one) => `audience ${one.name}`),
    ...triggers.map((one) => `trigger ${one.name}`),
  ].map((what) => `${name}: ${what}`);

const seenIn = (effects: readonly NaiveEffect[]): Set<string> =>
  new Set(effects.filter((effect) => effect.kind !== "withheld").map((effect) => `${effect.pack}: ${whatHappened(effect)}`));

const whatHappened = (effect: NaiveEffect): string => {
  if (effect.kind === "trigger") return `trigger ${effect.name}`;
  return effect.move === null ? `${effect.name} ${effect.to}` : `move ${effect.move}`;
};
