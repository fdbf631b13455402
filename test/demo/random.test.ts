import { expect, test } from "vitest";
import { Random } from "../../src/demo/random.ts";

const numbers = (seed: number, stream: number, count: number): number[] => {
  const random = new Random(seed, stream);
  return Array.from({ length: count }, () => random.next());
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test("the same seed and stream give the same numbers, others give others", () => {
  expect(numbers(7, 1, 50)).toEqual(numbers(7, 1, 50));
  for (const [seed, stream] of [
    [8, 1],
    [7, 2],
    [7 + 2 ** 32, 1],
  ] as const)
    expect(numbers(seed, stream, 50)).not.toEqual(numbers(7, 1, 50));
});

test("neighbouring streams are unrelated", () => {
  const left = numbers(7, 1000, 5000);
  const right = numbers(7, 1001, 5000);
  const together = mean(left.map((value, i) => (value - 0.5) * ((right[i] ?? 0) - 0.5)));
  expect(Math.abs(together)).toBeLessThan(0.005);
});

test("numbers are even over the whole range, the first of each stream too", () => {
  const firsts = Array.from({ length: 10_000 }, (_, stream) => new Random(1, stream).next());
  for (const values of [numbers(1, 1, 10_000), firsts]) {
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = values.filter((value) => Math.floor(value * 10) === tenth).length / values.length;
      expect(share).toBeGreaterThan(0.085);
      expect(share).toBeLessThan(0.115);
    }
  }
});

test("int takes both ends and nothing else, skewed keeps its mean, weighted its shares", () => {
  const random = new Random(3);
  expect(new Set(Array.from({ length: 1000 }, () => random.int(2, 5)))).toEqual(new Set([2, 3, 4, 5]));
  const waits = Array.from({ length: 20_000 }, () => random.skewed(10));
  expect(mean(waits)).toBeGreaterThan(9.6);
  expect(mean(waits)).toBeLessThan(10.4);
  expect(Math.max(...waits)).toBeLessThanOrEqual(30);
  const picked = Array.from({ length: 10_000 }, () => random.weighted({ often: 3, seldom: 1, never: 0 }));
  expect(picked.filter((key) => key === "often").length / picked.length).toBeCloseTo(0.75, 1);
  expect(picked).not.toContain("never");
});
