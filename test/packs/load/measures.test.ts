import { expect, test } from "vitest";
import { packFrom, problemsOf } from "../../support/pack.ts";

/** The measure stands in line 5, from column 6. */
const withMeasure = (measure: string, more = ""): string =>
  `pack: x\nversion: 1\nevents: { e: E, v: { track: V, value: properties.v } }\nmeasures:\n  m: ${measure}\n${more}`;

test("measures: values, days, sessions and streaks, with what they are where nothing is said", () => {
  const { measures } = packFrom(
    withMeasure("{ latest: v }", "  t: { earliest: e, of: properties.p }\n  s: { sessions: e }\n  k: { streak: e }\n  d: { days: e, window: 2d }\n") +
      "  n: { distinct: e, of: properties.p }\n  o: { top: e, of: properties.p }\n",
  );
  const [latest, earliest, sessions, streak, days, distinct, top] = measures;
  expect(latest).toMatchObject({ kind: "latest", type: "number", of: null });
  expect(earliest).toMatchObject({ kind: "earliest", type: "string", of: ["properties", "p"] });
  expect(sessions).toMatchObject({ quietMs: 1_800_000, window: null });
  expect(streak).toMatchObject({ unit: "day" });
  expect(days).toMatchObject({ window: { bucketMs: 86_400_000, buckets: 2 } });
  expect(days).toMatchObject({ unit: "day" });
  expect(packFrom(withMeasure("{ days: e, unit: month, window: 3 }")).measures[0]).toMatchObject({ unit: "month", window: { unit: "month", buckets: 3 } });
  expect(distinct).toMatchObject({ limit: 64 });
  expect(top).toMatchObject({ keep: 1, type: "string" });
});

const MISTAKES: Readonly<Record<string, readonly [measure: string, says: string]>> = {
  "latest of an event without a value": [
    "{ latest: e }",
    "5:16  no-value  measure `m`: event `e` has no `value`  (give the event a `value`, or the measure an `of`, such as of: properties.revenue)",
  ],
  "a type that is none": [
    "{ latest: e, of: properties.p, type: text }",
    "5:43  bad-value  the type of measure `m` is `text`; it can be `number`, `string` or `bool`",
  ],
  "a value that is no text": [
    "{ latest: v, type: string }",
    "5:25  bad-value  measure `m` is of the event's value, which is a number and no string  (name the property with `of`)",
  ],
  "distinct without of": [
    "{ distinct: e }",
    "5:6  missing-key  measure `m`: `distinct` needs `of`  (name the property whose values count, such as of: properties.category)",
  ],
  "top without of": ["{ top: e }", "5:6  missing-key  measure `m`: `top` needs `of`  (name the property whose values count, such as of: properties.category)"],
  "a limit beyond the limit": [
    "{ distinct: e, of: properties.p, limit: 1001 }",
    "5:46  bad-value  `limit` of measure `m` is the number 1001; it is a whole number from 1 to 1000  (without it, it is 64)",
  ],
  "keep of many": [
    "{ top: e, of: properties.p, keep: 11 }",
    "5:40  bad-value  `keep` of measure `m` is the number 11; it is a whole number from 1 to 10  (without it, it is 1)",
  ],
  "keep of a count": ["{ count: e, keep: 3 }", "5:24  key-not-here  measure `m`: `keep` does not go with `count`  (it goes with `top`)"],
  "a unit that is none": ["{ streak: e, unit: year }", "5:25  bad-value  the unit of measure `m` is `year`; it can be `day`, `week` or `month`"],
  "a unit of a count": ["{ count: e, unit: month }", "5:24  key-not-here  measure `m`: `unit` does not go with `count`  (it goes with `days` and `streak`)"],
  "a window of months that is a duration": [
    "{ days: e, unit: month, window: 30d }",
    "5:38  bad-window  the window of measure `m` is the text `30d`; with `unit: month` it is a whole number of months, from 1 to 120  (1 is the month of the moment, 2 that and the one before)",
  ],
  "a window of too many weeks": [
    "{ days: e, unit: week, window: 121 }",
    "5:37  bad-window  the window of measure `m` is the number 121; with `unit: week` it is a whole number of weeks, from 1 to 120  (1 is the week of the moment, 2 that and the one before)",
  ],
  "quiet that is no duration": [
    "{ sessions: e, quiet: half an hour }",
    "5:28  bad-duration  `quiet` of measure `m`: `half an hour` is not a duration  (a whole number and one of s, m, h, d, w, such as 90m, 12h, 30d or 2w)",
  ],
  "days of half a day": ["{ days: e, window: 36h }", "5:25  bad-window  the window of measure `m`: a window of 36h is not a whole number of days  (write 2d)"],
  "a window of a gap": [
    "{ gap: e, window: 30d }",
    "5:24  key-not-here  measure `m`: `window` does not go with `gap`  (it goes with `count`, `sum`, `days`, `distinct` and `sessions`)",
  ],
};

test.each(Object.entries(MISTAKES))("%s", (_, [measure, says]) => {
  expect(problemsOf(withMeasure(measure))).toEqual([says]);
});

const LISTS: Readonly<Record<string, readonly [condition: string, says: string]>> = {
  "equal to a list": ['m == "a"', '6:18  wrong-type  `m` is a list, and `==` asks for one value  (ask `"..." in m`, or keep one)'],
  "a list in a list": ['m in ["a"]', '6:18  wrong-type  `m` is a list, and `in` asks for one value  (ask `"..." in m`, or keep one)'],
  "a number in a list of texts": ["5 in m", '6:18  wrong-type  `m` is a list of texts, and `5` is a number  (write "5")'],
  "a list that is asked for its text": ['m.contains("a")', "6:18  wrong-type  `contains` asks for a text, and `m` is a list"],
  "a list as a condition": ["m", "6:18  wrong-type  audience `a` is a list; a condition is true or false  (compare it with something)"],
  "a list as a text": ['string(m) == "a"', '6:25  wrong-type  `string` cannot convert a list  (ask `"..." in m`)'],
  "a choice of lists": ['"a" in (missing(m) ? m : m)', '6:26  wrong-type  `m` is a list, and `?:` asks for one value  (ask `"..." in m`, or keep one)'],
};

test.each(Object.entries(LISTS))("%s", (_, [condition, says]) => {
  expect(problemsOf(withMeasure("{ top: e, of: properties.p, keep: 3 }", `audiences: { a: '${condition}' }\n`))).toEqual([says]);
});

const zoned = (zone: string): string => `pack: x\nversion: 1\nzone: ${zone}\nevents: { e: E }\ntraits: { timezone: string, age: number }\n`;

test.each([
  ["Europe/Berlin", []],
  ["{ trait: timezone, else: UTC }", []],
  ["+01:00", ["3:7  unknown-zone  `zone`: there is no time zone `+01:00`  (an IANA name, such as Europe/Berlin or America/New_York)"]],
  ["{ trait: timezone }", ["3:7  missing-key  `zone` has no `else`  (say which zone counts for contacts whose own is not known)"]],
  ["{ trait: timezon, else: UTC }", ["3:16  unknown-trait  `zone`: there is no trait `timezon`  (did you mean `timezone`?)"]],
  ["{ trait: age, else: UTC }", ["3:16  wrong-type  `zone`: trait `age` is no string  (the trait holds the name of a zone, such as Europe/Berlin)"]],
] as const)("zone: %s", (zone, says) => {
  expect(problemsOf(zoned(zone))).toEqual(says);
});
