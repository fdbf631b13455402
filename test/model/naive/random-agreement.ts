// The engine and the naive model over one random log: everything of it follows from a kind of packs, a seed, a clock and a size. The people
// are random (late, early, twice, at the same millisecond), and so are the packs: a handful of rules of every kind put together anew for each
// seed, so that rules meet which nobody thought of together.

import { type SettingsInput, settingsSchema } from "../../../src/model/settings.ts";
import type { CutsRecord } from "../../../src/packs/population.ts";
import { packFrom } from "../../support/pack.ts";
import { compareContacts, compareEffects, formatDifferences } from "./compare.ts";
import { InProcessEngine } from "./in-process.ts";
import { type NaiveEffect, NaiveModel } from "./model.ts";
import { type Axes, sameNumbers } from "./population.ts";
import { Answers } from "./random-answers.ts";
import { someHistory } from "./random-history.ts";
import { randomMeasurePack } from "./random-measures.ts";
import { randomIdentity, randomPeoplePack, severalIds, someForgotten } from "./random-people.ts";
import { randomPopulationPack } from "./random-population.ts";
import { randomRulePack } from "./random-rules.ts";
import { Dice, type RandomLog, randomLog } from "./random-story.ts";
import { randomTriggerPack } from "./random-triggers.ts";
import { randomWordPack } from "./random-words.ts";

export const KINDS = {
  rules: { pack: randomRulePack, messages: 120 },
  triggers: { pack: randomTriggerPack, messages: 50 },
  measures: { pack: randomMeasurePack, messages: 50 },
  words: { pack: randomWordPack, messages: 60 },
  population: { pack: randomPopulationPack, messages: 60 },
  people: { pack: randomPeoplePack, messages: 90 },
  forgotten: { pack: randomPeoplePack, messages: 90 },
  history: { pack: randomPeoplePack, messages: 90 },
} as const;

export type Kind = keyof typeof KINDS;

export interface RandomRun {
  readonly kind: Kind;
  readonly seed: number;
  readonly clock: "event" | "stored";
  /** A short story has fewer people, who do less. */
  readonly short: boolean;
}

export interface Agreement {
  /** Lines for a person; empty where both say the same. */
  readonly differences: readonly string[];
  readonly effects: number;
}

const SHORT_PEOPLE = 2;
const GRAIN_MS = 100;
/** No story has so many ids: memory for more takes longer to make than the story to tell. New numbers reach everyone with the next step. */
const SETTINGS = { duplicates: { capacity: 512 }, timers: { recut_per_step: 100_000, recut_slots_per_step: 100_000, sweep_per_step: 100_000 } };
/** A checkpoint of 64 partitions takes longer than a short story: each so many-th has some. */
const RESTARTED = 5;

export function agreementOn({ kind, seed, clock, short }: RandomRun): Agreement {
  const dice = new Dice(seed);
  const { pack, messages } = KINDS[kind];
  const packs = [packFrom(pack("alpha", dice)), packFrom(pack("beta", dice))];
  const told = short ? randomLog(dice, clock, Math.ceil(messages / 3), SHORT_PEOPLE) : randomLog(dice, clock, messages);
  const log = asKind(kind, told, dice);
  // No story has so many ids; memory for more takes longer to make than the story to tell.
  const settings: SettingsInput = { created: "2026-01-01T00:00:00Z", clock, ...SETTINGS, ...(isPeople(kind) ? { identity: randomIdentity(dice) } : {}) };
  const engine = new InProcessEngine(packs, settings);
  const model = new NaiveModel(packs, settingsSchema.parse(settings));
  const wrong: string[] = [];
  const answers = new Answers();
  const effects = log.messages.flatMap(({ data: written, storedMs, control }, index) => {
    const data = answers.given(written);
    // A checkpoint now and then, every other one with a restart from it: neither makes a difference.
    if (seed % RESTARTED === 0 && index % 8 === 7) engine.checkpoint({ restart: index % 16 === 15 });
    const position = control === undefined ? engine.event(data, storedMs) : engine.control(control, data, storedMs);
    const subject = control === undefined ? "tidemark.log.0.event.x" : `tidemark.log.0.control.${control}`;
    const said = [...model.apply({ position, storedMs, subject, data }), ...bringNumbers(model, engine, clock, wrong)];
    // The end of history reaches everybody with the next time step.
    if (control === "history") said.push(...goOn(model, engine, clock));
    answers.take(said);
    return said;
  });
  if (clock === "event") {
    engine.advance(log.endMs);
    effects.push(...model.advance(log.endMs), ...bringNumbers(model, engine, clock, wrong));
  } else effects.push(...model.finish());
  const found = [...compareEffects(effects, engine.effects()), ...compareContacts(model.contacts(), engine.contacts())];
  if (model.confirmed.join() !== engine.confirmed.join()) wrong.push(`forgotten: model ${model.confirmed.join()}, engine ${engine.confirmed.join()}`);
  return { differences: [...wrong, ...formatDifferences(found), ...outcomesDiffer(model, engine)], effects: effects.length };
}

const isPeople = (kind: Kind): boolean => kind === "people" || kind === "forgotten" || kind === "history";

function asKind(kind: Kind, told: RandomLog, dice: Dice): RandomLog {
  if (kind === "people") return severalIds(told, dice);
  if (kind === "history") return someHistory(dice.chance(0.6) ? severalIds(told, dice) : told, dice);
  return kind === "forgotten" ? someForgotten(severalIds(told, dice), dice) : told;
}

/**
 * Numbers of the population that stand in the log now: the engine's records must be those of the model. Log time then goes on by a grain, so that
 * everyone comes under them before any deadline: which of these two comes first hangs on the engine's lazily set deadlines.
 */
function bringNumbers(model: NaiveModel, engine: InProcessEngine, clock: RandomRun["clock"], wrong: string[]): NaiveEffect[] {
  const actual = engine
    .records()
    .map(({ pack, of, number, value, axes }) => ({ pack, of, number, numbers: { value: value ?? null, axes: axes === undefined ? null : axesIn(axes) } }));
  const expected = model.owed();
  // What stands in the log is the engine's; sums are added in another order, so the last bits of the model's own may differ.
  for (const record of expected) model.take(actual.find((one) => sameNumbers(one, record)) ?? record);
  for (const [one, others, who] of [
    [expected, actual, "model"],
    [actual, expected, "engine"],
  ] as const) {
    for (const record of one) if (!others.some((other) => sameNumbers(record, other))) wrong.push(`numbers: only the ${who} has ${JSON.stringify(record)}`);
  }
  return expected.length === 0 ? [] : [...goOn(model, engine, clock), ...bringNumbers(model, engine, clock, wrong)];
}

/** Log time goes on by a grain, so that there is a time step. */
function goOn(model: NaiveModel, engine: InProcessEngine, clock: RandomRun["clock"]): NaiveEffect[] {
  const to = model.logTime + GRAIN_MS;
  const position = engine.tick(to);
  const subject = `tidemark.log.0.control.${clock === "event" ? "advance" : "tick"}`;
  return model.apply({ position, storedMs: to, subject, data: JSON.stringify({ to }) });
}

const axesIn = ({ r, f, m }: NonNullable<CutsRecord["axes"]>): Axes => ({ r: r?.bounds ?? null, f: f?.bounds ?? null, m: m?.bounds ?? null });

function outcomesDiffer(model: NaiveModel, engine: InProcessEngine): string[] {
  const counted = (["applied", "duplicate", "late", "forgotten"] as const).filter((outcome) => (engine.outcomes[outcome] ?? 0) !== model.outcomes[outcome]);
  return counted.map((outcome) => `${outcome}: model ${model.outcomes[outcome]}, engine ${engine.outcomes[outcome] ?? 0}`);
}
