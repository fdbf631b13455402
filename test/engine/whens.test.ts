import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { type Fold, runScript } from "../support/script.ts";

const HEAD = `
pack: p
version: 1
zone: { trait: timezone, else: Europe/Berlin }
events: { a: A, b: B, go: Go }
traits: { renews_at: date, timezone: string, size: number }
measures: { n_a: { count: a }, n_a_1d: { count: a, window: 1d } }
audiences: { big: traits.size >= 10 }
stages: { order: [x, y], moves: [{ to: y, from: x, event: go }] }
triggers:
`;
const pack = (...triggers: string[]) =>
  packFrom(`${HEAD}${triggers.map((trigger) => `  ${trigger.replace(/ \}$/, ", channel: web, message: m }")}\n`).join("")}`);
const said = (fold: Fold, name: string) => fold.effects.filter(({ body }) => body.data.trigger === name).map(({ body }) => ({ time: body.time, ...body.data }));

describe("reaches", () => {
  it("fires once for each number, for the largest of several that are reached at once", () => {
    const fold = runScript(
      [pack("t: { reaches: { n_a: [2, 3, 1] } }")],
      `
      0d c1 track A -> triggers t
      0d c1 track A -> triggers t
      0d c1 track B -> triggers none
      0d c1 track A -> triggers t
      9d c1 track A -> triggers none
      `,
    );
    expect(said(fold, "t").map(({ because }) => [because.reached, because.checks])).toEqual([
      [1, [{ if: "n_a >= 1", value: 1 }]],
      [2, [{ if: "n_a >= 2", value: 2 }]],
      [3, [{ if: "n_a >= 3", value: 3 }]],
    ]);
  });

  it("is spent whether or not `if` holds, and fires again after a fall only where it may repeat", () => {
    runScript(
      [
        pack(
          "once: { reaches: { n_a_1d: 1 } }",
          "again: { reaches: { n_a_1d: [1, 2] }, repeat: always }",
          "fits: { reaches: { n_a_1d: [1, 2] }, if: n_a >= 2 }",
        ),
      ],
      `
      0d c1 track A -> triggers once again
      0d c1 track A -> triggers again fits
      3d c1 track A -> triggers again
      3d c1 track A -> triggers again
      `,
    );
  });

  it("does not count what was reached before the trigger came", () => {
    const fold = runScript([pack("t: { event: b }")], "0d c1 track A\n0d c1 track A");
    const next = packFrom(pack("t: { reaches: { n_a: [1, 2, 3] } }").text.replace("version: 1", "version: 2"));
    fold.pack(next);
    fold.event("c1", Date.parse("2026-01-02T00:00:00Z"), { type: "track", event: "B" });
    expect(said(fold, "t")).toEqual([]);
    fold.event("c1", Date.parse("2026-01-02T00:00:00Z"), { type: "track", event: "A" });
    expect(said(fold, "t")[0]?.because.reached).toBe(3);
  });
});

describe("overdue", () => {
  it("fires when the contact's own rhythm, times `by`, has passed since the last; once for each such silence", () => {
    const fold = runScript(
      [pack("t: { overdue: a, by: 1.5 }")],
      `
      0d c1 track A
      1d ADVANCE -> c1 triggers none
      2d c1 track A
      4d ADVANCE -> c1 triggers none
      5d ADVANCE -> c1 triggers t
      6d c1 track A
      7d ADVANCE -> c1 triggers none
      99d ADVANCE -> c1 triggers t
      `,
    );
    expect(said(fold, "t")[0]).toMatchObject({
      time: "2026-01-06T00:00:00.000Z",
      because: { cause: "time", overdue: "a", by: 1.5, gapDays: 2, since: "2026-01-03T00:00:00.000Z" },
    });
    // Gaps of 2 and 4 days: 3 on average, 4.5 after the sixth day.
    expect(said(fold, "t")[1]?.time).toBe("2026-01-11T12:00:00.000Z");
  });

  it("is not made up for when a late event shows that it has passed", () => {
    runScript(
      [pack("t: { overdue: a, by: 1 }")],
      `
      0d c1 track B
      9d c1 track A
      12d c1 @8d track A -> triggers none
      99d ADVANCE -> c1 triggers none
      `,
    );
  });
});

describe("date", () => {
  it("fires at each of its moments, once for each value of the date; a moved date moves them, and what is past fires nothing", () => {
    const fold = runScript(
      [pack("t: { date: traits.renews_at, before: [7d, 1d, 0d] }", "u: { date: traits.renews_at, after: 1d }")],
      `
      0d c1 identify {"renews_at": "2026-01-05T06:00:00Z"}
      4d ADVANCE -> c1 triggers t
      4d c1 identify {"renews_at": "2026-01-11T06:00:00Z"} -> triggers none
      5d c1 identify {"renews_at": "2026-01-11T06:00:00Z"}
      10d ADVANCE -> c1 triggers t
      20d ADVANCE -> c1 triggers t u
      20d c1 identify {"renews_at": "2026-01-01T06:00:00Z"}
      99d ADVANCE -> c1 triggers none
      `,
    );
    expect(said(fold, "t").map(({ time, because }) => [time, because.before])).toEqual([
      ["2026-01-04T06:00:00.000Z", "1d"],
      ["2026-01-10T06:00:00.000Z", "1d"],
      ["2026-01-11T06:00:00.000Z", "0d"],
    ]);
    expect(said(fold, "u")[0]).toMatchObject({ time: "2026-01-12T06:00:00.000Z", because: { date: "renews_at", of: "2026-01-11T06:00:00.000Z", after: "1d" } });
  });

  it("ends its series when the date moves", () => {
    runScript(
      [packFrom(`${HEAD}  t: { date: traits.renews_at, before: 2d, channel: web, steps: [{ after: 0d, message: m }, { after: 1d, message: m }] }\n`)],
      `
      0d c1 identify {"renews_at": "2026-01-05T00:00:00Z"}
      2d ADVANCE -> c1 triggers t
      60h c1 identify {"renews_at": null} -> triggers !t
      9d ADVANCE -> c1 triggers none
      `,
    );
  });
});

describe("every", () => {
  it("comes at its time by the contact's own clock, to those who stand in its places", () => {
    const fold = runScript(
      [pack('t: { every: 1d, at: "07:30", in: [big] }', 'w: { every: 1w, at: "mon 07:30", in: [y] }')],
      `
      0d c1 identify {"size": 10, "timezone": "Asia/Tokyo"}
      0d c2 identify {"size": 10, "timezone": "nowhere"}
      0d c3 identify {"size": 1}
      1d c1 track A -> triggers t, c2 triggers t
      1d c3 track Go -> triggers none
      3d c1 identify {"size": 1}
      3d c2 identify {"size": 1}
      20d ADVANCE -> c1 triggers none
      `,
    );
    expect(
      said(fold, "t")
        .map(({ time }) => time)
        .sort(),
    ).toEqual([
      "2026-01-01T06:30:00.000Z",
      "2026-01-01T22:30:00.000Z",
      "2026-01-02T06:30:00.000Z",
      "2026-01-02T22:30:00.000Z",
      "2026-01-03T06:30:00.000Z",
      "2026-01-03T22:30:00.000Z",
    ]);
    expect(said(fold, "w").map(({ time }) => time)).toEqual(["2026-01-05T06:30:00.000Z", "2026-01-12T06:30:00.000Z", "2026-01-19T06:30:00.000Z"]);
    expect(said(fold, "w")[0]?.because).toMatchObject({ cause: "time", every: "1w", at: "mon 07:30", zone: "Europe/Berlin" });
  });

  it("comes after the gap of a spring, and once where an autumn has the hour twice", () => {
    const fold = runScript(
      [pack('t: { every: 1d, at: "02:30", in: [big] }')],
      `
      86d c1 identify {"size": 10}
      89d ADVANCE
      89d c1 identify {"size": 1}
      296d c1 identify {"size": 10}
      299d ADVANCE
      `,
    );
    expect(said(fold, "t").map(({ time }) => time)).toEqual([
      "2026-03-28T01:30:00.000Z",
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
      "2026-10-24T00:30:00.000Z",
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
    ]);
  });
});
