import { expect, test } from "vitest";
import { viewOf } from "../../src/partition/rfm-grid.ts";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const PACK = packFrom(`
pack: p
version: 1
events: { order: { track: Order Completed, value: properties.revenue }, look: Looked }
rfm: { of: order, bins: 2, method: r, cuts: { r: [30], f: [2] }, recut: { every: 1d } }
segments:
  codes: { top: "2[12][12]", rest: "1[12][12]" }
`);

test("R x F counts contacts and amounts, with segments and the cut points in effect", () => {
  const fold = runScript(
    [PACK],
    `
    0d  a track Order Completed {"revenue": 10}
    0d  b track Order Completed {"revenue": 20.5}
    0d  b track Order Completed {"revenue": 5}
    0d  c track Looked
    31d ADVANCE
    31d d track Order Completed {"revenue": 100}
    `,
  );
  expect(viewOf([fold.rfm()]).packs.p).toEqual({
    bins: 2,
    grid: { "11": { contacts: 1, amount: 10 }, "12": { contacts: 1, amount: 25.5 }, "21": { contacts: 1, amount: 100 } },
    segments: { top: { contacts: 1, amount: 100 }, rest: { contacts: 2, amount: 35.5 } },
    without: 1,
    cuts: { number: 1, at: "2026-02-01T00:00:00.000Z", ageSeconds: 0, bounds: { r: [30], f: [2], m: [18.75] } },
  });
  const slices = [...fold.rfmSlices(1)];
  expect(slices.length).toBeGreaterThan(4);
  expect(viewOf(slices)).toEqual(viewOf([fold.rfm()]));
  expect(viewOf([fold.rfm(), fold.rfm()]).packs.p?.grid["12"]).toEqual({ contacts: 2, amount: 51 });
});
