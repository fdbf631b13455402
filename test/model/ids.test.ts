import { expect, it } from "vitest";
import { isoTime } from "../../src/model/ids.ts";
import { Dice } from "./naive/random-story.ts";

it("a time leaves as Date writes it, from 1970 to the end of 9999 and beyond", () => {
  const dice = new Dice(1);
  const edges = [0, 1, 999, 1000, 59_999, 86_399_999, 86_400_000, Date.UTC(2024, 1, 29, 23, 59, 59, 999), Date.UTC(2100, 1, 28), -1, -62_167_219_200_000];
  const ends = [253_402_300_799_999, 253_402_300_800_000, 8.64e15];
  const random = Array.from({ length: 20_000 }, () => Math.floor(dice.real() * (dice.chance(0.5) ? 4e12 : 253_402_300_800_000)));
  // Days that share a place in what is remembered, in turn.
  const apart = Array.from({ length: 20 }, (_, index) => (20_000 + (index % 4) * 1024) * 86_400_000 + index);
  for (const at of [...edges, ...ends, ...random, ...apart]) expect(isoTime(at)).toBe(new Date(at).toISOString());
  expect(() => isoTime(Number.NaN)).toThrow(RangeError);
});
