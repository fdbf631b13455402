import { describe, expect, it } from "vitest";
import { RecutSweep } from "../../src/partition/recut-sweep.ts";

const take = (sweep: RecutSweep, slots: number): number[] => Array.from({ length: slots }, () => sweep.next());

describe("a sweep of new numbers", () => {
  it("passes every slot once and is over", () => {
    const sweep = new RecutSweep();
    expect(sweep.underWay).toBe(false);
    sweep.begin(3);
    expect(take(sweep, 3)).toEqual([0, 1, 2]);
    expect([sweep.underWay, sweep.state()]).toEqual([false, undefined]);
  });

  it("goes on once around where new numbers come meanwhile, so that the last slots are reached too", () => {
    const sweep = new RecutSweep();
    sweep.begin(5);
    expect(take(sweep, 3)).toEqual([0, 1, 2]);
    sweep.begin(5);
    expect(take(sweep, 4)).toEqual([3, 4, 0, 1]);
    sweep.begin(7);
    expect(take(sweep, 7)).toEqual([2, 3, 4, 5, 6, 0, 1]);
    expect(sweep.underWay).toBe(false);
  });

  it("does not pass contacts who came after the numbers, nor miss one because of them", () => {
    const sweep = new RecutSweep();
    sweep.begin(4);
    take(sweep, 3);
    sweep.begin(4);
    // By now there are slots 4 and 5: they were under the numbers from the start.
    expect(take(sweep, 4)).toEqual([3, 0, 1, 2]);
    expect(sweep.underWay).toBe(false);
  });

  it("goes on from its state", () => {
    const sweep = new RecutSweep();
    sweep.begin(4);
    take(sweep, 2);
    sweep.begin(6);
    const again = new RecutSweep(sweep.state());
    expect(take(again, 6)).toEqual(take(sweep, 6));
  });

  it("is over at once where there is nobody", () => {
    const sweep = new RecutSweep();
    sweep.begin(0);
    expect(sweep.underWay).toBe(false);
  });
});
