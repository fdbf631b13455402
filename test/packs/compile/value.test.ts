// What customers are worth as conditions ask for it: how it turns with the clock. The formulas are in value-model.test.ts.

import { expect, test } from "vitest";
import { compile } from "../../../src/packs/compile/compile.ts";
import { valueTerm, worthAt } from "../../../src/packs/compile/value.ts";
import type { PackProgram } from "../../../src/packs/program.ts";
import { Row } from "../../../src/packs/row.ts";
import { packFrom } from "../../support/pack.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BOUGHT = Date.parse("2026-03-01T00:00:00Z");

/** Of somebody who bought on the first of March, and again `repeats` times in the days after. */
function worthOf(parameters: string, next: string, repeats: number) {
  const text = `pack: p\nversion: 1\nevents: { order: { track: Order, value: properties.total } }\nvalue: { of: order, next: ${next}, bg_nbd: { ${parameters} } }\n`;
  const program = compile([packFrom(text)]);
  const value = (program.packs as [PackProgram])[0].value as NonNullable<PackProgram["value"]>;
  const row = new Row(program.layout);
  for (let day = 0; day <= repeats; day++) {
    row.addToList(value.purchases.orders, BOUGHT / DAY + day, 1, 0);
    row.addToList(value.purchases.amounts, BOUGHT / DAY + day, 10_000, 0);
  }
  return { value, purchases: (now: number) => worthAt(value, "purchases", row, now), row };
}

test.each([
  ["r: 0.243, alpha: 4.414, a: 0.793, b: 2.426", "1d", 0],
  ["r: 0.243, alpha: 4.414, a: 0.793, b: 2.426", "365d", 1],
  ["r: 0.5, alpha: 10, a: 1.001, b: 2", "1d", 1],
  ["r: 0.5, alpha: 100, a: 2.5, b: 9", "7d", 0],
])("expected purchases never rise as time passes, also years later: %s, next %s, bought again %d times", (parameters, next, repeats) => {
  const { purchases } = worthOf(parameters, next, repeats);
  for (const years of [0.1, 1, 5, 20, 100]) {
    const begin = BOUGHT + Math.floor(years * 365) * DAY + 7 * HOUR;
    let before = Number.POSITIVE_INFINITY;
    for (const moment of [...milliseconds(begin - 500, 1000), ...Array.from({ length: 200 }, (_, hour) => begin + (hour + 1) * HOUR)]) {
      const now = purchases(moment);
      expect(now, `${moment}, ${years} years later`).toBeLessThanOrEqual(before);
      before = now;
    }
    expect(purchases(begin + 200 * HOUR)).toBeLessThan(purchases(begin));
  }
});

test("expected purchases are those of the hour that has begun, P(alive) is of the millisecond", () => {
  const { value, row, purchases } = worthOf("r: 0.243, alpha: 4.414, a: 0.793, b: 2.426", "365d", 3);
  const at = BOUGHT + 40 * DAY + 5 * HOUR;
  expect(purchases(at + HOUR - 1)).toBe(purchases(at));
  expect(purchases(at + HOUR)).toBeLessThan(purchases(at));
  const alive = valueTerm(value, "alive");
  expect(alive.at(row, at + 1)).toBeLessThan(alive.at(row, at) as number);
});

const milliseconds = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
