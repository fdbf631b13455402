import { describe, expect, it } from "vitest";
import { partitionOf } from "../../src/model/partition-of.ts";
import { EndOfHistory } from "../../src/partition/end-of-history.ts";
import { packFrom } from "../support/pack.ts";
import { Fold, START } from "../support/script.ts";

const DAY = 86_400_000;
const HISTORICAL = { context: { tidemark: { backfill: true } } };
const pack = packFrom(
  "pack: p\nversion: 1\nevents: { a: A }\nmeasures: { n: { count: a, window: 20d } }\naudiences: { busy: n > 0 }\ntriggers: { t: { silent: a, for: 5d, channel: c, message: m }, all: { broadcast: true, channel: c, message: m } }\n",
);
/** Contacts of one partition. */
const PEOPLE = Array.from({ length: 2000 }, (_, index) => `c${index}`)
  .filter((id) => partitionOf(id) === 7)
  .slice(0, 6);

function loaded(timers: object): Fold {
  const fold = new Fold([pack], { timers });
  for (const one of PEOPLE) fold.event(one, START + 100 * DAY, { ...HISTORICAL, type: "track", event: "A" }, START + 50 * DAY);
  return fold;
}

describe("the sweep at the end of history", () => {
  it("reaches so many slots a time step, and goes on after a restart where it was", () => {
    const fold = loaded({ sweep_per_step: 2 });
    fold.endHistory(START + 100 * DAY);
    const left = [1, 2, 3].map((step) => {
      fold.step(START + 100 * DAY + step * 100);
      fold.checkpoint();
      fold.crash();
      return fold.inHistory;
    });
    expect(left).toEqual([4, 2, 0]);
    expect(PEOPLE.map((one) => fold.view(one).packs.p.audiences)).toEqual(PEOPLE.map(() => []));
  });

  it("does no more in a step than so many deadlines, and one contact", () => {
    // Each has passed two: a silence of 5 days, and the end of a window.
    const fold = loaded({ per_step: 3 });
    fold.endHistory(START + 100 * DAY);
    const left = [1, 2, 3].map((step) => {
      fold.step(START + 100 * DAY + step * 100);
      return fold.inHistory;
    });
    expect(left).toEqual([4, 2, 0]);
  });

  it("brings everybody back at once where log time is moved on by hand", () => {
    const fold = loaded({ sweep_per_step: 1, per_step: 1 });
    fold.endHistory(START + 100 * DAY);
    fold.advance(START + 101 * DAY);
    expect(fold.inHistory).toBe(0);
    expect(fold.effects).toEqual([]);
  });

  it("is passed over by a broadcast that comes to a contact in history, and not by one that comes after", () => {
    const fold = loaded({ sweep_per_step: 6 });
    fold.broadcast(START + 100 * DAY, "p", "all", "early");
    fold.step(START + 100 * DAY + 100);
    fold.endHistory(START + 100 * DAY + 100);
    fold.broadcast(START + 100 * DAY + 100, "p", "all", "late");
    fold.advance(START + 101 * DAY);
    expect(fold.effects.map(({ body }) => body.data.because.broadcast)).toEqual(PEOPLE.map(() => "late"));
    expect(fold.muted.broadcast).toBe(PEOPLE.length);
  });
});

describe("records that end history", () => {
  it("wait for the one whose sweep is under way, and the newest counts for all", () => {
    const end = new EndOfHistory(undefined);
    expect([end.before, end.state()]).toEqual([null, undefined]);
    end.take(10);
    end.reached(4, 9);
    end.take(20);
    end.take(30);
    expect(end.state()).toEqual({ position: 10, next: 30, cursor: 4 });
    end.reached(9, 9);
    expect(new EndOfHistory(end.state()).state()).toEqual({ position: 30, next: null, cursor: 0 });
    end.reached(9, 9);
    expect([end.before, end.state()]).toEqual([null, undefined]);
  });
});
