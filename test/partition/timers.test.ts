import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Timers } from "../../src/partition/timers.ts";

describe("Timers", () => {
  it("gives the earliest deadline, the lowest slot among equals", () => {
    const timers = new Timers();
    for (const [slot, at] of [
      [5, 100],
      [2, 100],
      [9, 50],
    ] as const)
      timers.set(slot, at);
    expect([timers.next, timers.nextSlot]).toEqual([50, 9]);
    timers.set(9, Number.POSITIVE_INFINITY);
    expect([timers.next, timers.nextSlot]).toEqual([100, 2]);
  });

  it("is a sorted list in disguise, whatever is set, moved and taken away", () => {
    const change = fc.record({ slot: fc.nat(200), at: fc.oneof(fc.nat(50), fc.constant(Number.POSITIVE_INFINITY)) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
        const timers = new Timers();
        const model = new Map<number, number>();
        for (const { slot, at } of changes) {
          timers.set(slot, at);
          if (at === Number.POSITIVE_INFINITY) model.delete(slot);
          else model.set(slot, at);
        }
        const expected = [...model].sort(([a, x], [b, y]) => x - y || a - b);
        const drained: [number, number][] = [];
        while (timers.size > 0) {
          drained.push([timers.nextSlot, timers.next]);
          timers.set(timers.nextSlot, Number.POSITIVE_INFINITY);
        }
        expect(drained).toEqual(expected);
        expect(timers.next).toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 300 },
    );
  });
});
