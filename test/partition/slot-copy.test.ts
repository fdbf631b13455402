import { describe, expect, it } from "vitest";
import { type Copyist, SlotCopy } from "../../src/partition/slot-copy.ts";

/** Boxes that are changed in place, as rows and ids in shared memory are. */
function shelf(slots: number) {
  const boxes = Array.from({ length: slots }, (_, slot) => ({ holds: slot }));
  const written: number[] = [];
  const own: number[] = [];
  let kept = 0;
  const copyist: Copyist<{ holds: number }, readonly number[]> = {
    slots,
    read: (slot) => boxes[slot] as { holds: number },
    own: ({ holds }) => {
      kept++;
      return { holds };
    },
    write: (slot, { holds }, isOwn) => {
      expect(slot).toBe(written.length);
      if (isOwn) own.push(slot);
      written.push(holds);
    },
    dump: () => written,
  };
  const copy = new SlotCopy(copyist);
  const change = (slot: number): void => {
    copy.keep(slot);
    (boxes[slot] as { holds: number }).holds = -1;
  };
  return { copy, change, own, kept: () => kept - own.length };
}

describe("SlotCopy", () => {
  it("is of the moment at which it was begun, however often a slot changes before and after its turn", () => {
    const { copy, change, own } = shelf(10);
    copy.slice(3);
    for (const slot of [2, 3, 7, 7, 9, 3]) change(slot);
    expect(copy.slice(100)).toBe(7);
    expect(copy.done).toBe(true);
    expect(copy.finish()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // What was copied already was not kept, and the others once.
    expect(own).toEqual([3, 7, 9]);
  });

  it("has nothing of slots that came later", () => {
    const { copy } = shelf(2);
    copy.keep(2);
    copy.slice(5);
    expect(copy.finish()).toEqual([0, 1]);
  });

  it("keeps a bounded number of slots: where more change it goes ahead, 64 for each", () => {
    const { copy, change, kept } = shelf(10_000);
    let most = 0;
    for (let slot = 9_999; slot >= 0; slot--) {
      change(slot);
      most = Math.max(most, kept());
    }
    expect(most).toBeGreaterThan(4000);
    expect(most).toBeLessThanOrEqual(4096 + 10_000 / 64);
    copy.slice(10_000);
    expect(copy.finish()).toEqual(Array.from({ length: 10_000 }, (_, slot) => slot));
  });

  it("is not given before it is whole", () => {
    const { copy } = shelf(2);
    copy.slice(1);
    expect(() => copy.finish()).toThrow(RangeError);
  });
});
