import { expect, test } from "vitest";
import { readDuration, readMoment, readWholeNumber } from "../../src/cli/option-values.ts";

test.each([
  ["2026-12-31", Date.UTC(2026, 11, 31)],
  ["2026-12-31T01:02", Date.UTC(2026, 11, 31, 1, 2)],
  ["2026-12-31T01:02:03.004Z", Date.UTC(2026, 11, 31, 1, 2, 3, 4)],
  ["2026-12-31T01:02:03+02:00", Date.UTC(2026, 11, 30, 23, 2, 3)],
  ["1767571200000", 1_767_571_200_000],
])("the moment %s is the same on every machine", (text, ms) => {
  expect(readMoment("--until", text)).toBe(ms);
});

test.each(["tomorrow", "2026-13-01", "2026-12-31 01:02", "12", ""])("%j is no moment", (text) => {
  expect(() => readMoment("--until", text)).toThrow(`--until is "${text}", it must be a time such as 2026-12-31T00:00:00Z, or ms since 1970`);
});

test.each([
  ["30s", 30_000],
  ["1.5m", 90_000],
  ["250ms", 250],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
] as const)("%s is %d ms", (text, ms) => {
  expect(readDuration("--for", text)).toBe(ms);
});

test.each(["30", "s", "-1s", "0s", "1w"])("%s is no duration", (text) => {
  expect(() => readDuration("--for", text)).toThrow("--for is");
});

test("whole numbers keep to their range; what was not given stays so", () => {
  expect(readWholeNumber("--batch", "100", { from: 1, to: 100 })).toBe(100);
  for (const text of ["0", "101", "1e1", "1.5", ""]) expect(() => readWholeNumber("--batch", text, { from: 1, to: 100 })).toThrow("from 1 to 100");
  expect([readWholeNumber("--batch", undefined, { from: 1 }), readMoment("--until", undefined), readDuration("--for", undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
