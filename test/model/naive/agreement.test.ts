// The engine and the naive model over the same random logs. The people are random (late, early, twice, at the same
// millisecond), and so are the packs: a handful of rules of every kind put together anew for each seed, so that rules meet which
// nobody thought of together. A failure names its seed: `SEED=7 npm test -- test/model/naive/agreement` repeats it
// alone, KIND=triggers one kind of pack, RUNS=200 runs more of them.

import { describe, expect, test } from "vitest";
import { settingsSchema } from "../../../src/model/settings.ts";
import { packFrom } from "../../support/pack.ts";
import { compareContacts, compareEffects, formatDifferences } from "./compare.ts";
import { InProcessEngine } from "./in-process.ts";
import { NaiveModel } from "./model.ts";
import { randomMeasurePack } from "./random-measures.ts";
import { Dice, randomLog, randomPack } from "./random-story.ts";
import { randomTriggerPack } from "./random-triggers.ts";

const only = process.env["SEED"];
const runs = Number(process.env["RUNS"] ?? 3);
const seeds = only === undefined ? Array.from({ length: runs }, (_, index) => index + 1) : [Number(only)];

const kinds = {
  rules: { pack: randomPack, messages: 120 },
  triggers: { pack: randomTriggerPack, messages: 50 },
  measures: { pack: randomMeasurePack, messages: 50 },
};
const wanted = Object.keys(kinds).filter((kind) => (process.env["KIND"] ?? kind) === kind) as (keyof typeof kinds)[];
const cases = wanted.flatMap((kind) => [["event", kind] as const, ["stored", kind] as const]);

describe.each(cases)("clock %s, %s", (clock, kind) => {
  test.each(seeds)("seed %i: same effects and same contacts", (seed) => {
    const dice = new Dice(seed);
    const packs = [packFrom(kinds[kind].pack("alpha", dice)), packFrom(kinds[kind].pack("beta", dice))];
    const log = randomLog(dice, clock, kinds[kind].messages);
    const settings = { created: "2026-01-01T00:00:00Z", clock };
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
    expect(formatDifferences(compareEffects(effects, engine.effects()))).toEqual([]);
    expect(formatDifferences(compareContacts(model.contacts(), engine.contacts()))).toEqual([]);
    expect(engine.outcomes).toMatchObject({ applied: model.outcomes.applied, duplicate: model.outcomes.duplicate, late: model.outcomes.late });
  });
});
