import { describe, expect, it } from "vitest";
import { LayoutBuilder, Row } from "../../src/packs/row.ts";
import { TailArena, TailPacker, TailReader } from "../../src/partition/tails.ts";
import { Dice } from "../model/naive/random-story.ts";

const builder = new LayoutBuilder();
for (const name of ["one", "two", "three"]) builder.list(name);
for (const name of ["a", "b", "c"]) builder.text(name);
const layout = builder.build();

function randomRow(dice: Dice): Row {
  const row = new Row(layout);
  for (const list of row.lists) {
    if (dice.chance(0.4)) continue;
    let bucket = dice.whole(1, 30_000_000);
    for (let count = dice.one([1, 2, 9, 60, 400]); count > 0; count--) {
      list.push(bucket, dice.one([1, 127, 128, -64, -65, 0, -0, 0.1, -1e-9, 9e15, -9e15, 2 ** 51, 2 ** 51 + 1, -(2 ** 51), 1e300, dice.real() * 100]));
      bucket += dice.one([1, 2, 127, 128, 100_000]);
    }
  }
  for (const text of [0, 1, 2])
    if (dice.chance(0.6)) row.setText(text, dice.one(["", "x", "é😀名", "\u0000", "y".repeat(127), "z".repeat(128), "w".repeat(20_000)]));
  return row;
}

/** The packer's buffer may be another one after packing. */
function packed(packer: TailPacker, row: Row): Buffer {
  const length = packer.pack(row);
  return Buffer.from(packer.bytes.subarray(0, length));
}

const contents = (row: Row) => ({
  lists: row.lists.map((list) => [Array.from(list.buckets.subarray(0, list.length)), Array.from(list.amounts.subarray(0, list.length))]),
  texts: [0, 1, 2].map((text) => row.text(text)),
});

describe("a packed tail", () => {
  it("gives back every bucket, amount and text to the bit, and the same contents give the same bytes", () => {
    const dice = new Dice(11);
    const packer = new TailPacker();
    const reader = new TailReader();
    for (let round = 0; round < 300; round++) {
      const row = randomRow(dice);
      const bytes = packed(packer, row);
      const back = new Row(layout);
      const shifted = Buffer.concat([Buffer.from("before"), bytes, Buffer.from("after")]);
      reader.unpack(back, shifted, 6, bytes.length);
      // Packed again before a text was read and after: laziness changes nothing.
      expect(packed(packer, back).equals(bytes)).toBe(true);
      expect(contents(back)).toEqual(contents(row));
      expect(packed(packer, back).equals(bytes)).toBe(true);
    }
  });

  it("is nothing for a row that has neither lists nor texts, and keeps an empty text apart from none", () => {
    const packer = new TailPacker();
    const row = new Row(layout);
    expect(packer.pack(row)).toBe(0);
    row.setText(1, "");
    const length = packer.pack(row);
    expect(length).toBeGreaterThan(0);
    const back = new Row(layout);
    new TailReader().unpack(back, packer.bytes, 0, length);
    expect([back.text(0), back.text(1)]).toEqual([undefined, ""]);
  });
});

const isAt = (arena: TailArena, place: number, bytes: Buffer): boolean =>
  arena.bytesAt(place).compare(bytes, 0, bytes.length, arena.startOf(place), arena.startOf(place) + bytes.length) === 0;

describe("the arena", () => {
  it("keeps every tail as it is while others come, go and take their places", () => {
    const dice = new Dice(12);
    const arena = new TailArena();
    const held = new Map<number, Buffer>();
    for (let round = 0; round < 2000; round++) {
      if (held.size > 0 && dice.chance(0.45)) {
        const [place, bytes] = dice.one([...held]);
        expect(isAt(arena, place, bytes)).toBe(true);
        arena.release(place, bytes.length);
        held.delete(place);
        continue;
      }
      const bytes = Buffer.alloc(dice.one([1, 15, 16, 17, 300, 5000, 60_000, 1_048_576]), round % 251);
      const place = arena.put(bytes, bytes.length);
      expect(held.has(place)).toBe(false);
      held.set(place, bytes);
      if (held.size > 60)
        for (const [old, kept] of [...held].slice(0, 30)) {
          expect(isAt(arena, old, kept)).toBe(true);
          arena.release(old, kept.length);
          held.delete(old);
        }
    }
  });

  it("takes a tail that is larger than a chunk", () => {
    const arena = new TailArena();
    const small = arena.put(Buffer.alloc(100, 1), 100);
    const large = arena.put(Buffer.alloc(3_000_000, 2), 3_000_000);
    const after = arena.put(Buffer.alloc(100, 3), 100);
    expect(new Set([small, large, after]).size).toBe(3);
    expect(isAt(arena, large, Buffer.alloc(3_000_000, 2))).toBe(true);
    for (const [place, byte] of [
      [small, 1],
      [after, 3],
    ] as const)
      expect(arena.bytesAt(place)[arena.startOf(place) + 99]).toBe(byte);
    arena.release(large, 3_000_000);
    expect(arena.put(Buffer.alloc(3_000_000), 3_000_000)).toBe(large);
  });
});
