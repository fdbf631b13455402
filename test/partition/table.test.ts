import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LayoutBuilder } from "../../src/packs/row.ts";
import { Table } from "../../src/partition/table.ts";

function layout(numbers: number, lists: number, texts: number, tag = "") {
  const builder = new LayoutBuilder();
  for (let i = 0; i < numbers; i++) builder.number(`n${tag}${i}`, i === 0 ? Number.NaN : 0);
  for (let i = 0; i < lists; i++) builder.list(`l${tag}${i}`);
  for (let i = 0; i < texts; i++) builder.text(`t${tag}${i}`);
  return builder.build();
}

/** A row's contents as plain values. */
function contents(table: Table, slot: number) {
  const row = table.load(slot);
  return {
    numbers: [...row.numbers],
    lists: row.lists.map((list) => Array.from({ length: list.length }, (_, i) => [list.buckets[i], list.amounts[i]])),
    texts: row.layout.texts.map((_, i) => row.text(i)),
  };
}

const changes = fc.array(
  fc.record({
    slot: fc.nat(40),
    number: fc.tuple(fc.nat(7), fc.double()),
    list: fc.option(fc.tuple(fc.nat(2), fc.nat(40_000_000), fc.oneof(fc.integer(), fc.double({ noNaN: true })))),
    text: fc.option(fc.tuple(fc.nat(2), fc.option(fc.oneof(fc.string({ unit: "grapheme" }), fc.constant("x".repeat(300))), { nil: undefined }))),
  }),
  { maxLength: 200 },
);

describe("Table", () => {
  it("gives back what was stored: numbers, lists and texts of every slot", () => {
    fc.assert(
      fc.property(changes, (all) => {
        const table = new Table(layout(3, 3, 3));
        const model: ReturnType<typeof contents>[] = [];
        for (const { slot: wished, number, list, text } of all) {
          const slot = Math.min(wished, table.slots);
          if (slot === table.slots) {
            table.add(slot);
            table.row.clear();
          } else table.load(slot);
          const { row } = table;
          row.numbers[number[0]] = number[1];
          if (list !== null) row.addToList(list[0], list[1], list[2], -1);
          if (text !== null) row.setText(text[0], text[1]);
          table.store(slot);
          model[slot] = contents(table, slot);
          expect(model[slot]?.numbers[number[0]]).toBe(number[1]);
          if (text !== null) expect(model[slot]?.texts[text[0]]).toBe(text[1]);
        }
        for (const [slot, expected] of model.entries()) expect(contents(table, slot)).toEqual(expected);
        const { layouts, ...dump } = table.dump();
        const restored = Table.restore(dump, layouts);
        for (const [slot, expected] of model.entries()) expect(contents(restored, slot)).toEqual(expected);
        expect(restored.dump()).toEqual(table.dump());
      }),
      { numRuns: 200 },
    );
  });

  it("keeps rows of an older layout until they are stored again", () => {
    const before = layout(2, 1, 1);
    const table = new Table(before);
    for (const slot of [0, 1]) {
      table.add(slot);
      table.row.clear();
      table.row.numbers[5] = slot + 10;
      table.row.setText(0, `old ${slot}`);
      table.store(slot);
    }
    const after = layout(4, 2, 1, "b");
    table.relayout(after);
    expect([table.isCurrent(0), table.load(0).layout, table.load(0).text(0)]).toEqual([false, before, "old 0"]);
    table.row.clear();
    table.row.setText(0, "new");
    table.store(0);
    expect([table.isCurrent(0), table.load(0).layout, table.load(0).text(0)]).toEqual([true, after, "new"]);
    expect(table.load(1).numbers[5]).toBe(11);
    expect(table.layouts).toEqual([before, after]);
    table.row.clear();
    table.store(1);
    expect(table.layouts).toEqual([after]);
  });

  it("gives a slot whose contact has left to another, and keeps nothing of who had it, in no layout", () => {
    const table = new Table(layout(2, 1, 1));
    for (const slot of [0, 1, 2]) {
      table.add(slot);
      table.row.clear();
      table.row.setText(0, `the one in ${slot}`);
      table.store(slot);
    }
    table.relayout(layout(2, 1, 1, "b"));
    table.row.clear();
    table.row.setText(0, "new");
    table.store(0);
    table.remove(1);
    expect([table.isFree(0), table.isFree(1), table.slots]).toEqual([false, true, 3]);
    const { layouts, ...dump } = table.dump();
    expect(dump.tails.toString()).not.toContain("the one in 1");
    expect(Table.restore(dump, layouts).dump()).toEqual(table.dump());
    expect(() => table.add(2)).toThrow(RangeError);
    for (const of of [table, Table.restore(dump, layouts)]) {
      of.add(1);
      of.row.clear();
      of.store(1);
      expect(contents(of, 1)).toEqual({ numbers: [...of.row.layout.initial], lists: [[]], texts: [undefined, undefined] });
    }
    table.remove(2);
    expect(table.layouts.length).toBe(1);
  });
});
