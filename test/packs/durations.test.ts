import { expect, test } from "vitest";
import { formatDuration, parseDuration, parseWindow } from "../../src/packs/durations.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  ["45s", 45_000],
  ["90m", 90 * MINUTE],
  ["12h", 12 * HOUR],
  ["30d", 30 * DAY],
  ["2w", 14 * DAY],
])("%s is a duration", (text, ms) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: ms });
});

test.each([
  ["0d", "`0d` is no time at all: a duration is above 0", "leave it out where nothing has to pass"],
  ["14 days", "`14 days` is not a duration", "write 14d"],
  ["3 Months", "`3 Months` is not a duration", "months and years differ in length: write 90d"],
  ["1y", "`1y` is not a duration", "months and years differ in length: write 365d"],
  ["7", "`7` is not a duration", "write 7d, 7h or 7m"],
  ["1.5d", "`1.5d` is not a duration", "a whole number and one of s, m, h, d, w, such as 90m, 12h, 30d or 2w"],
  ["-1d", "`-1d` is not a duration", "a whole number and one of s, m, h, d, w, such as 90m, 12h, 30d or 2w"],
  ["9999d", "`9999d` is longer than ten years", "the longest duration is 3650d"],
])("%s is refused with its cure", (text, message, hint) => {
  expect(parseDuration(text)).toEqual({ ok: false, message, hint });
});

// docs/packs.md, "measures": minutes up to an hour, hours up to two days, days up to 400.
test.each([
  ["1m", MINUTE, 1],
  ["60m", MINUTE, 60],
  ["1h", MINUTE, 60],
  ["2h", HOUR, 2],
  ["120m", HOUR, 2],
  ["48h", HOUR, 48],
  ["2d", HOUR, 48],
  ["3d", DAY, 3],
  ["52w", DAY, 364],
  ["400d", DAY, 400],
])("a window of %s has buckets of %i ms, %i of them", (text, bucketMs, buckets) => {
  expect(parseWindow(text)).toEqual({ ok: true, value: { bucketMs, buckets } });
});

test.each([
  ["90s", "a window of 90s is not a whole number of its buckets of 1m", "write 1m or 2m"],
  ["30s", "a window of 30s is not a whole number of its buckets of 1m", "write 1m"],
  ["61m", "a window of 61m is not a whole number of its buckets of 1h", "write 1h or 2h"],
  ["49h", "a window of 49h is not a whole number of its buckets of 1d", "write 2d or 3d"],
  ["401d", "a window of 401d is longer than 400d", "leave `window` out for all time"],
])("a window of %s is refused with its nearest cures", (text, message, hint) => {
  expect(parseWindow(text)).toEqual({ ok: false, message, hint });
});

test("a duration is shown in its largest unit", () => {
  expect([45_000, 90 * MINUTE, 48 * HOUR, 14 * DAY].map(formatDuration)).toEqual(["45s", "90m", "2d", "14d"]);
});
