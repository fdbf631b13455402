import { describe, expect, it } from "vitest";
import { packFrom } from "../../support/pack.ts";
import { runScript } from "../../support/script.ts";

const PACK = packFrom(`
pack: p
version: 1
events: { a: A, b: B, visit: { page: "*" }, deal: Deal }
traits: { size: number }
measures: { n: { count: b }, visits: { count: visit, window: 2d }, last_a: { last: a } }
scores:
  heat: { decay: { half_life: 14d }, points: { a: 58 } }
audiences: { busy: visits >= 3, warm: { if: heat >= 50, until: heat < 30 } }
segments: { list: [{ fresh: days_since(last_a) < 10 }, { big: traits.size >= 50 }, { rest: else }] }
stages:
  order: [lead, mql, sql, won]
  moves:
    - { to: won, from: any, event: deal }
    - { to: sql, from: lead, if: n >= 3 && traits.size > 10 && heat > 90 }
    - { to: mql, from: lead, if: heat >= 60 && n >= 1 }
    - { to: lead, from: mql, if: heat < 20, for: 7d }
triggers:
  later: { event: b, after: 3d, in: [lead], channel: web, message: m }
  quiet: { silent: a, for: 30d, channel: web, message: m }
  cooling: { falls: { heat: 40 }, for: 2d, channel: web, message: m }
`);

const whyOf = (script: string) => runScript([PACK], script).explained("c1").why.packs.p;

describe("why not", () => {
  it("names the nearest way first, and what it lacks", () => {
    const { moves } = whyOf("0d c1 track A\n1h c1 track B");
    expect(moves.map(({ to }: { to: string }) => to)).toEqual(["won", "mql", "sql"]);
    expect(moves[1].text).toBe("mql: heat 57.88 of 60: 3 more points before 1 Jan 08:25, after that decay makes it 4, and 20 in a week");
    expect(moves[0].text).toBe("won: when deal happens");
    expect(moves[2].condition).toMatchObject({ holds: false, missing: 3, holdsFrom: null });
    expect(moves[2].text).toBe(
      "sql: n 1 of 3: 2 more; traits.size is missing, and it asks for traits.size > 10; heat 57.88 of more than 90: 33 more points before 1 Jan 08:25, after that decay makes it 34, and 50 in a week",
    );
  });

  it("says what time alone brings, and since when a `for` has held", () => {
    const { moves } = whyOf("0d c1 track A\n1m c1 track A\n2m c1 track B\n60d ADVANCE");
    const back = moves.find(({ to }: { to: string }) => to === "lead");
    expect(back).toBeUndefined();
    const waiting = whyOf("0d c1 track A\n1m c1 track A\n2m c1 track B\n5d ADVANCE").moves.find(({ to }: { to: string }) => to === "lead");
    expect(waiting.text).toMatch(/^lead: heat is \d+\.\d+, and it asks for heat < 20; time alone brings it on \d+ Feb; and that for 7d$/);
    expect(waiting.heldSince).toBeNull();
  });

  it("names the segments above its own, and the audiences that it is not in", () => {
    const why = whyOf("0d c1 track A\n1d c1 page x\n11d ADVANCE");
    expect(why.segments.map(({ text }: { text: string }) => text)).toEqual([
      "fresh: days_since(last_a) is 11, and it asks for days_since(last_a) < 10",
      "big: traits.size is missing, and it asks for traits.size >= 50",
    ]);
    expect(why.audiences.map(({ text }: { text: string }) => text)).toEqual([
      "busy: visits 0 of 3: 3 more",
      expect.stringMatching(/^out of warm: heat is 3\d\.\d+, and it asks for heat < 30; time alone brings it on 14 Jan$/),
    ]);
  });
});

describe("what is ahead", () => {
  it("is every pending deadline with what it will do, the soonest first, and comes about as told", () => {
    const script = "0d c1 track A\n1h c1 track B";
    const { ahead } = whyOf(script);
    expect(ahead.map(({ text }: { text: string }) => text)).toEqual([
      "4 Jan: trigger later fires, if then in lead",
      "8 Jan: heat falls below 40: trigger cooling fires 2d later, if it stays there",
      "11 Jan: the contact's segment becomes rest",
      "14 Jan: heat < 30 holds: the contact leaves audience warm",
      "31 Jan: 30d without a: trigger quiet fires",
    ]);
    const fold = runScript([PACK], `${script}\n60d ADVANCE`);
    const happened = fold.effects.map(({ body }) => [body.data.trigger ?? body.data.to, body.time.slice(0, 10)]);
    expect(happened.slice(-5)).toEqual([
      ["later", "2026-01-04"],
      ["cooling", "2026-01-10"],
      ["rest", "2026-01-11"],
      ["warm", "2026-01-14"],
      ["quiet", "2026-01-31"],
    ]);
  });

  it("tells a `for` that runs, and nothing that it will not outlast", () => {
    const { ahead } = whyOf("0d c1 track A\n1m c1 track A\n2m c1 track B\n34d ADVANCE");
    const moves = ahead.filter(({ kind }: { kind: string }) => kind === "move");
    expect(moves.map(({ text }: { text: string }) => text)).toEqual([expect.stringMatching(/^\d+ Feb: heat < 20 holds for 7d: the contact moves to lead$/)]);
  });
});
