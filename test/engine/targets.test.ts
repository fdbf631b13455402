// Targets: how many of those who come into a stage go on in time, over a contact's last entry.

import { describe, expect, it } from "vitest";
import { viewOfPlaces, viewOfTargets } from "../../src/partition/places-view.ts";
import { packFrom } from "../support/pack.ts";
import { type Fold, runScript } from "../support/script.ts";

const pack = (targets: string, more = "") =>
  packFrom(`
pack: p
version: 1
events: { a: A, b: B, again: Back }
stages:
  order: [lead, mql, won]
  moves: [{ to: mql, from: lead, event: a }, { to: won, from: mql, event: b }, { to: lead, from: mql, event: again }]
targets: ${targets}
${more}`);

const standing = (fold: Fold) => viewOfTargets([fold.targets()])["p"];

describe("a target", () => {
  const TEN = pack("{ lead_to_mql: { percent: 40, within: 10d }, lead_to_won: 10 }");

  it("counts those whose time was over in the time before, and apart from them those whose time still runs", () => {
    const fold = runScript(
      [TEN],
      `
      0d  in_time track Back
      0d  late    track Back
      0d  never   track Back
      5d  in_time track A
      10d ADVANCE
      `,
    );
    expect(standing(fold)?.["lead_to_mql"]).toEqual({
      target: 40,
      percent: 33.33,
      within: "10d",
      entered: 3,
      reached: 1,
      open: { entered: 0, reached: 0 },
    });
    expect(standing(fold)?.["lead_to_won"]).toMatchObject({ target: 10, within: "30d", percent: null, entered: 0, open: { entered: 3, reached: 0 } });
  });

  it("is not reached by who goes on too late, and forgets entries of twice the time ago", () => {
    const script = `
      0d  x track Back
      0d  y track Back
      10d x track A
      11d y track A
      12d z track Back
      19d ADVANCE
      `;
    expect(standing(runScript([TEN], script))?.["lead_to_mql"]).toMatchObject({ entered: 2, reached: 1, percent: 50, open: { entered: 1, reached: 0 } });
    expect(standing(runScript([TEN], `${script}\n 20d ADVANCE`))?.["lead_to_mql"]).toMatchObject({ entered: 0, percent: null });
  });

  it("leaves out who is in history, a few contacts at a time as at once, until it has returned", () => {
    const script = `
      3d  here track Back
      4d  then ~1d track Back
      5d  then ~2d track A
      `;
    const past = runScript([TEN], script);
    const counted = { entered: 0, open: { entered: 1, reached: 0 } };
    expect(standing(past)?.["lead_to_mql"]).toMatchObject(counted);
    expect(viewOfPlaces([past.population()]).packs["p"]?.targets?.["lead_to_mql"]).toMatchObject(counted);
    const present = runScript([TEN], `${script}\n 6d HISTORY ENDS\n 7d ADVANCE`);
    expect(standing(present)?.["lead_to_mql"]).toMatchObject({ entered: 0, open: { entered: 2, reached: 1 } });
  });

  it("takes a contact's last entry, and any way that leads there", () => {
    const fold = runScript(
      [TEN],
      `
      0d  x track Back
      1d  x track A
      2d  x track Back
      3d  x track A
      4d  x track B
      35d ADVANCE
      `,
    );
    expect(standing(fold)).toMatchObject({ lead_to_mql: { entered: 0 }, lead_to_won: { entered: 1, reached: 1, percent: 100 } });
  });

  it("is counted alike in slices of any size", () => {
    const fold = runScript([TEN], Array.from({ length: 30 }, (_, index) => `${index}d c${index} track Back\n${index}d c${index} track A`).join("\n"));
    const whole = standing(fold);
    expect(whole?.["lead_to_mql"]).toMatchObject({ entered: 10, reached: 10, open: { entered: 10, reached: 10 } });
    for (const contacts of [1, 3, 100]) {
      const slices = [];
      for (let from: { index: number; slot: number } | null = { index: 0, slot: 0 }; from !== null; from = slices.at(-1)?.next ?? null)
        slices.push(fold.targets(from, contacts));
      expect(slices.length).toBeGreaterThan(contacts === 1 ? 30 : 0);
      expect(viewOfTargets(slices)["p"]).toEqual(whole);
    }
  });

  it("keeps what it knows when only the percentage changes, and knows nothing of steps that nobody was told of", () => {
    const fold = runScript([pack("{ lead_to_mql: 40 }")], "0d x track Back\n1d x track A");
    fold.pack(packFrom(pack("{ lead_to_mql: 60 }").text.replace("version: 1", "version: 2")));
    fold.pack(packFrom(pack("{ lead_to_mql: 40 }").text.replace("pack: p", "pack: q")));
    fold.advance(Date.parse("2026-02-15"));
    expect(standing(fold)?.["lead_to_mql"]).toMatchObject({ target: 60, percent: 100 });
    expect(viewOfTargets([fold.targets()])["q"]?.["lead_to_mql"]).toMatchObject({ entered: 0, open: { entered: 0 } });
  });
});
