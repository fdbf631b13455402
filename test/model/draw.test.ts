import { expect, test } from "vitest";
import { draw, isDrawn } from "../../src/model/draw.ts";

test("a text gives the same number everywhere", () => {
  expect(["", "a", "2026-q4\nuser\nc_42", "größe"].map(draw)).toEqual([2_872_998_923, 444_641_715, 2_432_538_658, 3_449_927_484]);
});

test("a percentage is met closely, and a larger one draws all of a smaller one and more", () => {
  const texts = Array.from({ length: 20_000 }, (_, i) => `salt\nuser\nc${i}`);
  const drawn = (percent: number) => new Set(texts.filter((text) => isDrawn(text, percent)));
  for (const percent of [1, 5, 50]) expect(Math.abs(drawn(percent).size / 200 - percent)).toBeLessThan(1);
  const ten = drawn(10);
  expect([drawn(0).size, drawn(100).size]).toEqual([0, 20_000]);
  expect([...drawn(5)].filter((text) => !ten.has(text))).toEqual([]);
});

test("texts that differ in their last letter fall apart", () => {
  const halves = Array.from({ length: 1_000 }, (_, i) => draw(`c${i}`) > 2_147_483_647);
  expect(Math.abs(halves.filter(Boolean).length - 500)).toBeLessThan(60);
});
