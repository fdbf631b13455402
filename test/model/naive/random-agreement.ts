// The engine and the naive model over one random log: everything of it follows from a kind of packs, a seed, a clock and a size. The people
// are random (late, early, twice, at the same millisecond), and so are the packs: a handful of rules of every kind put together anew for each
// seed, so that rules meet which nobody thought of together.

import { type SettingsInput, settingsSchema } from "../../../src/model/settings.ts";
import { packFrom } from "../../support/pack.ts";
import { compareContacts, compareEffects, formatDifferences } from "./compare.ts";
import { InProcessEngine } from "./in-process.ts";
import { NaiveModel } from "./model.ts";
import { randomMeasurePack } from "./random-measures.ts";
import { randomRulePack } from "./random-rules.ts";
import { Dice, randomLog } from "./random-story.ts";
import { randomTriggerPack } from "./random-triggers.ts";
import { randomWordPack } from "./random-words.ts";

export const KINDS = {
  rules: { pack: randomRulePack, messages: 120 },
  triggers: { pack: randomTriggerPack, messages: 50 },
  measures: { pack: randomMeasurePack, messages: 50 },
  words: { pack: randomWordPack, messages: 60 },
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

export function agreementOn({ kind, seed, clock, short }: RandomRun): Agreement {
  const dice = new Dice(seed);
  const { pack, messages } = KINDS[kind];
  const packs = [packFrom(pack("alpha", dice)), packFrom(pack("beta", dice))];
  const log = short ? randomLog(dice, clock, Math.ceil(messages / 3), SHORT_PEOPLE) : randomLog(dice, clock, messages);
  const settings: SettingsInput = { created: "2026-01-01T00:00:00Z", clock };
  const engine = new InProcessEngine(packs, settings);
  const model = new NaiveModel(packs, settingsSchema.parse(settings));
  const effects = log.messages.flatMap(({ data, storedMs }, index) => {
    // A checkpoint now and then, every other one with a restart from it: neither makes a difference.
    if (index % 25 === 24) engine.checkpoint({ restart: index % 50 === 49 });
    const position = engine.event(data, storedMs);
    return model.apply({ position, storedMs, subject: "tidemark.log.0.event.x", data });
  });
  if (clock === "event") {
    engine.advance(log.endMs);
    effects.push(...model.advance(log.endMs));
  } else effects.push(...model.finish());
  const found = [...compareEffects(effects, engine.effects()), ...compareContacts(model.contacts(), engine.contacts())];
  return { differences: [...formatDifferences(found), ...outcomesDiffer(model, engine)], effects: effects.length };
}

function outcomesDiffer(model: NaiveModel, engine: InProcessEngine): string[] {
  const counted = (["applied", "duplicate", "late"] as const).filter((outcome) => (engine.outcomes[outcome] ?? 0) !== model.outcomes[outcome]);
  return counted.map((outcome) => `${outcome}: model ${model.outcomes[outcome]}, engine ${engine.outcomes[outcome] ?? 0}`);
}
