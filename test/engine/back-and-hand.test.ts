import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const HEAD = `
pack: p
version: 1
events: { light: Light, full: Full, failed: Failed, paid: Paid, frozen: Frozen, set: { track: Set, stage: { from: properties.stage, by: properties.by, reason: properties.why } } }
measures: { n: { count: light } }
`;

const PAYING = packFrom(`${HEAD}
stages:
  order: [registered, light, full, past_due, on_hold]
  set_by: set
  moves:
    - { to: light, from: any, event: light }
    - { to: full, from: any, event: full, stay: 9d }
    - { to: past_due, from: [light, full], event: failed }
    - { to: on_hold, from: past_due, event: frozen }
    - { to: back, from: [past_due, on_hold], event: paid }
    - { to: registered, from: full, if: n >= 9 }
triggers: { again: { enter: [light, full], from: past_due, channel: c, message: m } }
`);

describe("a move back", () => {
  it("leads to where the stage was entered from, whatever that was", () => {
    runScript(
      [PAYING],
      `
      0d c1 track Light
      0d c1 track Failed
      1d c1 track Paid -> stage light, moves light, triggers again
      2d c1 track Full
      2d c1 track Failed
      3d c1 track Paid -> stage full, triggers again
      4d c1 track Paid -> moves none
      `,
    );
  });

  it("goes back along a chain: an entry by a move back does not count as one", () => {
    const fold = runScript(
      [PAYING],
      `
      0d c1 track Light
      0d c1 track Failed
      1d c1 track Frozen -> stage on_hold
      2d c1 track Paid -> stage past_due
      3d c1 track Paid -> stage light
      `,
    );
    expect(fold.effects.filter(({ body }) => body.data.axis === "stage").map(({ body }) => body.data.because.move)).toEqual([
      "birth",
      "registered to light",
      "light to past_due",
      "past_due to on_hold",
      "on_hold to past_due",
      "past_due to light",
    ]);
  });

  it("knows where the contact came from when the order of the stages changes", () => {
    const fold = runScript([PAYING], "0d c1 track Full\n0d c1 track Failed");
    fold.pack(packFrom(PAYING.text.replace("version: 1", "version: 2").replace("registered, light, full, past_due", "registered, full, past_due, light")));
    fold.event("c1", Date.parse("2026-01-02T00:00:00Z"), { type: "track", event: "Paid" });
    expect(fold.view("c1").packs.p.stage.name).toBe("full");
  });
});

describe("an outside hand", () => {
  it("sets the stage, wins over every move at that instant, and is told with who and why", () => {
    const fold = runScript(
      [PAYING],
      `
      0d c1 track Full
      0d c1 track Set {"stage": "past_due", "by": "ana", "why": "phoned"} -> stage past_due, moves past_due
      1d c1 track Paid -> stage full
      2d c1 track Set {"stage": "past_due"} -> stage past_due
      2d c1 track Set {"stage": "past_due"} -> moves none
      `,
    );
    const told = fold.effects.filter(({ body }) => body.data.to === "past_due").map(({ body }) => body.data.because);
    expect(told).toMatchObject([
      { cause: "event", event: "set", move: "full to past_due", setBy: "ana", reason: "phoned", checks: [] },
      { setBy: null, reason: null },
    ]);
  });

  it("wins over an `if` move that holds, until something else happens; and ends `stay`", () => {
    const pack = packFrom(`${HEAD}
stages: { order: [a, b, c], set_by: set, moves: [{ to: b, from: a, if: n >= 1 }, { to: c, from: b, event: full, stay: 9d }, { to: a, from: c, if: n >= 2 }] }
`);
    runScript(
      [pack],
      `
      0d c1 track Light -> stage b
      0d c1 track Set {"stage": "a"} -> stage a
      1d ADVANCE -> c1 stage a
      1d c1 track Paid -> stage b
      2d c1 track Full -> stage c
      2d c1 track Light
      2d c1 track Set {"stage": "b"}
      2d c1 track Set {"stage": "c"} -> stage c
      2d c1 track Paid -> moves a b
      `,
    );
  });

  it("that names no stage of the pack is counted and changes nothing", () => {
    const fold = runScript([PAYING], '0d c1 track Set {"stage": "vip"} -> stage registered\n0d c1 track Set -> stage registered');
    expect(fold.dropped.stage_unknown).toBe(2);
  });
});
