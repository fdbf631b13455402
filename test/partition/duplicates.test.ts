import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Duplicates } from "../../src/partition/duplicates.ts";

const contact = (id: string) => ({ kind: "user" as const, id });

describe("Duplicates", () => {
  it("knows a message of a contact for the window, and forgets it after", () => {
    const seen = new Duplicates(1000, 100);
    expect(seen.seen(contact("a"), "m", 0)).toBe(false);
    expect(seen.seen(contact("a"), "m", 100)).toBe(true);
    expect(seen.seen(contact("a"), "m", 101)).toBe(false);
  });

  it("reaches back over the whole window where there is room, and to the oldest id where there is none", () => {
    const seen = new Duplicates(3, 100);
    expect(seen.reach(0)).toBe(100);
    for (const [id, at] of [
      ["a", 10],
      ["b", 20],
    ] as const)
      seen.seen(contact(id), "m", at);
    expect(seen.reach(30)).toBe(100);
    seen.seen(contact("c"), "m", 25);
    expect(seen.reach(30)).toBe(20);
    seen.seen(contact("d"), "m", 40);
    expect(seen.reach(50)).toBe(30);
    // Log time of another partition may be far ahead of the last id here.
    expect(seen.reach(500)).toBe(100);
  });

  it("tells contacts and kinds apart", () => {
    const seen = new Duplicates(1000, 100);
    seen.seen(contact("a"), "m", 0);
    expect(seen.seen(contact("b"), "m", 0)).toBe(false);
    expect(seen.seen({ kind: "anonymous", id: "a" }, "m", 0)).toBe(false);
  });

  it("is a bounded list in disguise, and the same after a restore at any point", () => {
    const steps = fc.array(fc.record({ id: fc.nat(30), wait: fc.nat(8) }), { maxLength: 400 });
    fc.assert(
      fc.property(steps, fc.nat(400), (all, restoreAt) => {
        let seen = new Duplicates(16, 40);
        const model: { id: number; at: number }[] = [];
        let now = 0;
        for (const [index, { id, wait }] of all.entries()) {
          now += wait;
          if (index === restoreAt) {
            const { high, low, seenAt } = seen.state();
            seen = new Duplicates(16, 40);
            seen.restore({ high, low, seenAt });
          }
          while (model.length > 0 && now - (model[0]?.at ?? 0) > 40) model.shift();
          const known = model.some((entry) => entry.id === id);
          if (!known) {
            if (model.length === 16) model.shift();
            model.push({ id, at: now });
          }
          expect(seen.seen(contact("c"), `m${id}`, now)).toBe(known);
        }
        expect(seen.size).toBe(model.length);
      }),
      { numRuns: 300 },
    );
  });

  it("finds every one of 100,000 again, across growth", () => {
    const seen = new Duplicates(131_072, 1000);
    for (let i = 0; i < 100_000; i++) expect(seen.seen(contact(`c${i % 977}`), `m${i}`, 0)).toBe(false);
    let found = 0;
    for (let i = 0; i < 100_000; i++) if (seen.seen(contact(`c${i % 977}`), `m${i}`, 0)) found++;
    expect(found).toBe(100_000);
  });
});
