import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const pack = (more: string) =>
  packFrom(`
pack: p
version: 1
events: { order: { track: Order Completed, value: properties.revenue }, look: Looked }
value: { of: order, unit: 7d, next: 70d, bg_nbd: { r: 0.25, alpha: 4, a: 0.8, b: 2.5 }, gamma_gamma: { p: 6, q: 4, gamma: 15 } }
${more}`);
const bought = (revenue: number) => `track Order Completed {"revenue": ${revenue}}`;

describe("value", () => {
  it("is by days from the first purchase on, and not there before", () => {
    const fold = runScript(
      [pack("")],
      `
      0d      b track Looked
      0d9h    a ${bought(99)}
      7d8h    a ${bought(10)}
      7d20h   a ${bought(20)}
      21d     a ${bought(40)}
      70d     ADVANCE
      `,
    );
    expect(fold.view("b").packs.p.value).toBeNull();
    const { alive, purchases, spend, ...history } = fold.view("a").packs.p.value;
    expect(history).toEqual({ frequency: 2, recency: 3, age: 10, monetary: 35 });
    expect(alive).toBeCloseTo(1 / (1 + (0.8 / 3.5) * 2 ** 2.25), 4);
    expect(spend).toBeCloseTo((6 * (15 + 70)) / (12 + 3), 4);
    expect(purchases).toBeGreaterThan(0);
  });

  it("moves a contact at the very moment at which the chance falls below a bound", () => {
    const fold = runScript(
      [pack("audiences: { going: value.alive < 0.3, cheap: value.spend < 20, quiet: 'value.purchases < 0.4 && value.alive < 2' }")],
      `
      0d   a ${bought(10)}   -> out going
      7d   a ${bought(10)}   -> out going, in cheap
      600d ADVANCE           -> a in going, a in quiet
      700d a ${bought(10)}
      `,
    );
    const [, going] = fold.effects.filter((effect) => effect.body.data.to !== "quiet");
    // 1 / (1 + 0.8 / 2.5 ((4 + T) / 5)^1.25) = 0.3, T in weeks.
    const weeks = 5 * ((0.7 / 0.3) * (2.5 / 0.8)) ** (1 / 1.25) - 4;
    expect(Date.parse(going?.body.time) - Date.parse("2026-01-01")).toBeCloseTo(weeks * 7 * 86_400_000, -1);
    expect(going?.body.data.because.checks[0]).toMatchObject({ if: "value.alive < 0.3" });
    expect(fold.effects.at(-1)?.body.data).toMatchObject({ to: "going", now: { in: false } });
  });
});
