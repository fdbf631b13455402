import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LayoutBuilder } from "../../src/packs/row.ts";
import { Table } from "../../src/partition/table.ts";

function layout(tag: string) {
  const builder = new LayoutBuilder();
  builder.number(`n${tag}`, 0);
  builder.list("l");
  builder.text("t");
  return builder.build();
}

const FIELD = 5;

function change(table: Table, slot: number, value: number): void {
  if (slot === table.slots || table.isFree(slot)) {
    table.add(slot);
    table.row.clear();
  } else if (table.isCurrent(slot)) table.load(slot);
  else table.row.clear();
  table.row.numbers[FIELD] = value;
  table.row.addToList(0, value, value / 3, -1);
  table.row.setText(0, `text ${value} ${"x".repeat(value % 90)}`);
  table.store(slot);
}

function remove(table: Table, slot: number): void {
  if (slot < table.slots && !table.isFree(slot)) table.remove(slot);
}

describe("TableCopy", () => {
  it("is of the moment at which it was begun, whatever changes, grows, leaves or is laid out anew before it is whole", () => {
    const step = fc.oneof(
      fc.record({ slice: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ change: fc.nat(150), value: fc.nat(10_000) }),
      fc.record({ remove: fc.nat(150) }),
      fc.record({ relayout: fc.constant(true) }),
    );
    fc.assert(
      fc.property(fc.array(fc.nat(150), { maxLength: 150 }), fc.array(step, { maxLength: 200 }), (first, steps) => {
        const table = new Table(layout("a"));
        for (const [i, value] of first.entries()) {
          change(table, Math.min(value, table.slots), i);
          if (i % 5 === 4) remove(table, value % 20);
        }
        const before = table.dump();
        const copy = table.beginCopy();
        let relayouts = 0;
        for (const one of steps) {
          if ("slice" in one) copy.slice(one.slice);
          else if ("change" in one) change(table, Math.min(one.change, table.slots), one.value);
          else if ("remove" in one) remove(table, one.remove);
          else table.relayout(layout(`b${relayouts++}`));
        }
        copy.slice(table.slots);
        expect(copy.finish()).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps a bounded number of rows, and goes ahead by itself", () => {
    const table = new Table(layout("a"));
    for (let slot = 0; slot < 12_000; slot++) change(table, slot, slot);
    const before = table.dump();
    const copy = table.beginCopy();
    for (let slot = 11_999; slot >= 0; slot--) change(table, slot, slot + 1);
    // The rest is what was kept: never more than the limit and what a last slice takes.
    expect(copy.slice(12_000)).toBeLessThanOrEqual(4096 + 128);
    expect(copy.finish()).toEqual(before);
  });

  it("is not given before it is whole", () => {
    const table = new Table(layout("a"));
    change(table, 0, 1);
    expect(() => table.beginCopy().finish()).toThrow(RangeError);
  });
});
