import { describe, expect, it } from "vitest";
import { partitionOf } from "../../src/model/partition-of.ts";
import { compile } from "../../src/packs/compile/compile.ts";
import { packFrom } from "../support/pack.ts";
import { Fold, START } from "../support/script.ts";

const DAY = 86_400_000;
const pack = (more = "") =>
  packFrom(`
pack: p
version: 1
events: { order: { track: Order Completed, value: properties.revenue }, look: Looked }
rfm: { of: order, bins: 2, method: r, recut: { every: 365d, others_moved: fire } }
segments: { codes: { fresh: "2[12][12]", stale: "1[12][12]" } }
audiences: { spender: m == 2 }
${more}`);
const bought = (revenue: number) => ({ type: "track", event: "Order Completed", properties: { revenue } });

/** Numbers as if everyone had been counted: from `r` days on, `f` orders and an amount of `m`. */
function numbers(of: ReturnType<typeof pack>, number: number, { r = 20, f = 2, m = 50 }): Record<string, unknown> {
  const [item] = compile([of]).packs[0]?.population ?? [];
  const axis = (bound: number) => ({ bounds: [bound], closed: "left" });
  return { type: "cuts", pack: "p", of: "rfm", meaning: item?.meaning, number, asOf: 1, at: START, counted: 3, axes: { r: axis(r), f: axis(f), m: axis(m) } };
}

/** Transitions since the last call, as `contact to`. */
function moves(fold: Fold): string[] {
  const said = fold.effects.splice(0);
  return said.map(({ body }) => `${body.subject} ${body.data.axis === "audience" ? (body.data.now.in ? "+" : "-") : ""}${body.data.to}`);
}

describe("new cut points", () => {
  it("under which a contact is where it was move it on the day on which it passes the new ones", () => {
    const of = pack();
    const fold = new Fold([of]);
    fold.event("a", START, bought(10));
    fold.repeat(numbers(of, 1, { r: 20 }));
    fold.advance(START + DAY);
    expect(moves(fold)).toEqual(["a fresh"]);
    fold.repeat(numbers(of, 2, { r: 10 }));
    fold.advance(START + 10 * DAY - 1);
    expect(moves(fold)).toEqual([]);
    fold.advance(START + 10 * DAY);
    expect(fold.effects[0]?.body).toMatchObject({ time: new Date(START + 10 * DAY).toISOString(), data: { to: "stale", because: { cause: "time" } } });
    expect(moves(fold)).toEqual(["a stale"]);
  });

  it("that lie further off than before do so as well", () => {
    const of = pack();
    const fold = new Fold([of]);
    fold.event("a", START, bought(10));
    fold.repeat(numbers(of, 1, { r: 10 }));
    fold.advance(START + DAY);
    fold.repeat(numbers(of, 2, { r: 20 }));
    fold.advance(START + 20 * DAY - 1);
    expect(moves(fold)).toEqual(["a fresh"]);
    fold.advance(START + 20 * DAY);
    expect(moves(fold)).toEqual(["a stale"]);
  });

  it("look at whom they move, so many a step, and pass the others", () => {
    const of = pack();
    const fold = new Fold([of], { timers: { recut_per_step: 1, recut_slots_per_step: 100 } });
    const ids = inOnePartition(6);
    for (const [index, id] of ids.entries()) fold.event(id, START + index, bought(10 * (index + 1)));
    fold.repeat(numbers(of, 1, { m: 35 }));
    for (let step = 1; step <= 6; step++) {
      fold.step(START + step * 1000);
      expect(moves(fold)).toEqual(step <= 3 ? [`${ids[step - 1]} fresh`] : [`${ids[step - 1]} +spender`, `${ids[step - 1]} fresh`]);
    }
    // Of the six only the last two have spent 45 or more: the first step passes three, and looks at the one between.
    fold.repeat(numbers(of, 2, { m: 45 }));
    fold.step(START + 10_000);
    expect(moves(fold)).toEqual([`${ids[3]} -spender`]);
    fold.repeat(numbers(of, 3, { m: 55 }));
    fold.step(START + 11_000);
    expect(moves(fold)).toEqual([`${ids[4]} -spender`]);
    fold.step(START + 12_000);
    expect(moves(fold)).toEqual([]);
  });

  it("pass no more than so many a step", () => {
    const of = pack();
    const fold = new Fold([of], { timers: { recut_per_step: 100, recut_slots_per_step: 2 } });
    const ids = inOnePartition(5);
    for (const [index, id] of ids.entries()) fold.event(id, START + index, bought(10 * (index + 1)));
    fold.repeat(numbers(of, 1, { m: 45 }));
    for (let step = 1; step <= 3; step++) fold.step(START + step * 1000);
    moves(fold);
    fold.repeat(numbers(of, 2, { m: 55 }));
    fold.step(START + 5000);
    fold.step(START + 6000);
    expect(moves(fold)).toEqual([]);
    fold.step(START + 7000);
    expect(moves(fold)).toEqual([`${ids[4]} -spender`]);
  });

  it("leave a contact alone whom the pack leaves out", () => {
    const of = pack('exclude: traits.email == "own"\ntraits: { email: string }\n');
    const fold = new Fold([of]);
    fold.event("a", START, bought(100));
    fold.repeat(numbers(of, 1, { m: 50 }));
    fold.advance(START + DAY);
    expect(moves(fold)).toEqual(["a +spender", "a fresh"]);
    fold.event("a", START + 2 * DAY, { type: "identify", traits: { email: "own" } });
    fold.repeat(numbers(of, 2, { m: 200 }));
    fold.advance(START + 3 * DAY);
    expect(moves(fold)).toEqual([]);
    fold.event("a", START + 4 * DAY, { type: "identify", traits: { email: "other" } });
    expect(moves(fold)).toEqual(["a -spender"]);
  });
});

function inOnePartition(count: number): string[] {
  const of = partitionOf("c0");
  return Array.from({ length: 5000 }, (_, number) => `c${number}`)
    .filter((id) => partitionOf(id) === of)
    .slice(0, count);
}
