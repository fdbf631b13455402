import { describe, expect, it } from "vitest";
import { LayoutBuilder, Row } from "../../src/packs/row.ts";
import { windowCut } from "../../src/packs/windows.ts";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

describe("a window", () => {
  it("ends with the bucket of now and holds a whole number of buckets", () => {
    const row = new Row(new LayoutBuilder().build());
    const window = { bucketMs: 1000, buckets: 3, calendar: null };
    expect([0, 999, 1000, 3999].map((now) => windowCut(window, row, now))).toEqual([-3, -3, -2, 0]);
  });
});

// 2026-03-29: Berlin goes from UTC+1 to UTC+2, so that day has 23 hours. Scripts count from 2026-01-01T00:00Z: day 87 is 2026-03-29.
describe("days of a zone", () => {
  const pack = (zone: string) =>
    packFrom(`
pack: p
version: 1
zone: ${zone}
events: { x: X, known: { identify: true } }
traits: { timezone: string }
measures:
  two: { days: x, window: 2d }
  n_3d: { count: x, window: 3d }
  n_2d: { count: x, window: 2d }
  run: { streak: x }
scores:
  s: { points: { x: { add: 1, cap: 2 per day } } }
audiences:
  busy: n_3d >= 1
  on: run >= 1
`);

  it("end at midnight of that zone, right through daylight saving", () => {
    runScript(
      [pack("Europe/Berlin")],
      `
      86d22h59m c1 track X -> two 1, run 1
      86d23h    c1 track X -> two 2, run 2, n_3d 2
      87d21h59m59s999ms ADVANCE -> c1 run 2, c1 two 2
      87d22h    ADVANCE -> c1 run 2, c1 two 1, c1 in on
      88d21h59m59s999ms ADVANCE -> c1 run 2, c1 n_3d 2
      88d22h    ADVANCE -> c1 run 0, c1 out on, c1 moves -on, c1 two 0, c1 n_3d 1
      89d21h59m59s999ms ADVANCE -> c1 in busy, c1 moves none
      89d22h    ADVANCE -> c1 n_3d 0, c1 out busy, c1 moves -busy
      `,
    );
  });

  it("cap points by the calendar day", () => {
    runScript(
      [pack("America/New_York")],
      `
      0d      c1 track X -> s 1
      4h      c1 track X -> s 2
      4h59m   c1 track X -> s 2
      5h      c1 track X -> s 3
      `,
    );
  });

  it("follow the contact's trait, and `else` where it is missing or names no zone", () => {
    runScript(
      [pack("{ trait: timezone, else: Asia/Tokyo }")],
      `
      0d14h c1 track X -> run 1
      0d15h c1 track X -> run 2
      0d14h c2 identify {"timezone": "Europe/Berlin"}
      0d15h c2 track X -> run 1
      0d23h c2 track X -> run 2
      0d14h c3 identify {"timezone": "Mars/Phobos"}
      0d14h c3 track X -> run 1
      0d15h c3 track X -> run 2
      `,
      { clock: "event" },
    );
  });

  it("leave what was counted in the day it was counted in when the trait changes", () => {
    runScript(
      [pack("{ trait: timezone, else: UTC }")],
      `
      0d23h c1 identify {"timezone": "Asia/Tokyo"}
      0d23h c1 track X -> run 1, two 1
      0d23h c1 identify {"timezone": "UTC"} -> run 1, two 1
      0d23h c1 track X -> run 2, two 2
      2d    ADVANCE -> c1 run 2
      3d    ADVANCE -> c1 run 0, c1 out on, c1 moves -on
      `,
    );
  });
});

// 2026-01-01 is a Thursday; Berlin is an hour ahead, and two from 29 March (day 87) on.
describe("weeks and months of the calendar", () => {
  const pack = packFrom(`
pack: p
version: 1
zone: Europe/Berlin
events: { x: X }
measures:
  this_month: { days: x, unit: month, window: 1 }
  two_months: { days: x, unit: month, window: 2 }
  ever:       { days: x, unit: month }
  this_week:  { days: x, unit: week, window: 1 }
audiences:
  current: this_month == 1
  lapsed: this_month == 0 && two_months == 1
  busy: this_week == 1
`);

  it("count as one however often it happens in them, and end at the first moment of the next", () => {
    runScript(
      [pack],
      `
      10d        c1 track X -> this_month 1, two_months 1, ever 1, this_week 1, c1 moves +current +busy
      10d1h      c1 track X -> this_month 1, two_months 1, ever 1, this_week 1
      10d22h59m59s999ms ADVANCE -> c1 in busy
      10d23h     ADVANCE -> c1 out busy, c1 moves -busy
      30d22h59m59s999ms ADVANCE -> c1 in current, c1 moves none
      30d23h     ADVANCE -> c1 out current, c1 moves -current +lapsed
      58d22h59m59s999ms ADVANCE -> c1 in lapsed
      58d23h     ADVANCE -> c1 moves -lapsed, c1 two_months 0, c1 ever 1
      89d21h59m59s999ms c1 track X -> this_month 1, ever 2, c1 moves +current +busy
      89d22h     ADVANCE -> c1 moves -current +lapsed
      `,
    );
  });

  it("take what comes late into its own month, while the window still holds that", () => {
    runScript(
      [pack],
      `
      40d c1 track X -> two_months 1, ever 1
      40d c1 @20d track X -> two_months 2, this_month 1, ever 2
      59d c1 track X -> this_month 1, two_months 2, ever 3
      59d c1 @30d22h track X -> two_months 2, ever 3
      `,
    );
  });
});
