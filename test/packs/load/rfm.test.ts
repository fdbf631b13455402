import { describe, expect, it } from "vitest";
import { loadPack } from "../../../src/packs/load/load.ts";
import { formatProblems } from "../../../src/packs/problems.ts";
import { packFrom } from "../../support/pack.ts";

const HEAD = `pack: p
version: 1
events: { order: { track: A, value: properties.v }, look: B }
`;

function problemsOf(text: string): string[] {
  const result = loadPack(`${HEAD}${text}\n`, "p");
  return result.ok ? [] : formatProblems(result.problems).map((line) => line.replace(/^p:/, ""));
}
const CUTS = "cuts: { r: [30], f: [2], m: [10] }";

describe("rfm", () => {
  it("has defaults: five bins, orders, all time, every order", () => {
    expect(packFrom(`${HEAD}rfm: { of: order, method: r }\n`).rfm).toEqual({
      event: "order",
      window: null,
      frequency: "orders",
      bins: 5,
      method: "r",
      cuts: { r: null, f: null, m: null },
      free: "count",
      recut: { everyMs: 86_400_000, othersMoved: "silent" },
    });
    expect(packFrom(`${HEAD}rfm: { of: order, method: thirds, cuts: { r: [181, 366] } }\n`).rfm).toMatchObject({
      bins: 3,
      cuts: { r: [181, 366], f: null, m: null },
    });
  });

  it.each([
    ["no event", `rfm: { bins: 2, ${CUTS} }`, "4:6  missing-key  `rfm` has no `of`  (name the event that is a purchase, such as of: order)"],
    [
      "an event without a value",
      `rfm: { of: look, bins: 2, ${CUTS} }`,
      "4:12  no-value  `rfm`: event `look` has no `value`  (give the event a `value`, such as value: properties.revenue)",
    ],
    ["an unknown event", `rfm: { of: ordr, bins: 2, ${CUTS} }`, "4:12  unknown-event  `of` of `rfm`: there is no event `ordr`  (did you mean `order`?)"],
    ["another method", "rfm: { of: order, method: ntile }", "4:27  bad-value  `method` of `rfm` is `ntile`; it can be `r`, `pandas`, `thresholds` or `thirds`"],
    ["ten bins", "rfm: { of: order, bins: 10, method: r }", "4:25  bad-value  `bins` of `rfm` is 10; it is a whole number from 2 to 9  (5 is usual)"],
    ["thirds of four", "rfm: { of: order, bins: 4, method: thirds }", "4:25  bad-value  `bins` of `rfm` is 4; thirds are 3  (take `bins` out)"],
    [
      "thresholds without cuts",
      "rfm: { of: order, bins: 2 }",
      "4:6  missing-key  `rfm` has no `cuts`  (give the bounds of each, such as cuts: { r: [30, 90, 180, 365], f: [2, 3, 5, 10], m: [50, 100, 250, 500] })",
    ],
    [
      "thresholds without one of them",
      "rfm: { of: order, bins: 2, cuts: { r: [1], m: [1] } }",
      "4:34  missing-key  `cuts` of `rfm` has no `f`  (with `method: thresholds` all three have bounds)",
    ],
    [
      "too many bounds",
      "rfm: { of: order, bins: 2, cuts: { r: [1, 2], f: [2], m: [10] } }",
      "4:39  wrong-shape  `r` of the cuts of `rfm` is 2 bounds; 2 bins have 1 bounds  (write them ascending, such as [30, 90])",
    ],
    [
      "bounds out of order",
      "rfm: { of: order, bins: 3, cuts: { r: [9, 2], f: [2, 3], m: [10, 20] } }",
      "4:43  bad-order  `r` of the cuts of `rfm`: 2 stands after 9  (write each bound above the one before)",
    ],
    [
      "a window of hours",
      `rfm: { of: order, bins: 2, window: 24h, ${CUTS} }`,
      "4:36  bad-window  the window of `rfm` is 2d or shorter; purchases are kept by day  (write 3d or more)",
    ],
    [
      "a recut with nothing to compute",
      `rfm: { of: order, bins: 2, ${CUTS}, recut: { every: 1d } }`,
      "4:71  key-not-here  `recut` of `rfm`: all cuts are written out, so there is nothing to compute again  (take `recut` out)",
    ],
    [
      "a recut every minute",
      "rfm: { of: order, method: r, recut: { every: 5m } }",
      "4:46  bad-value  `every` of `recut` of `rfm` is shorter than an hour  (write 1h or more)",
    ],
    [
      "an unknown key",
      `rfm: { of: order, bins: 2, ${CUTS}, ties: first }`,
      "4:64  unknown-key  unknown key `ties` in `rfm`  (the keys of rfm are `of`, `window`, `frequency`, `bins`, `method`, `cuts`, `free` and `recut`)",
    ],
    [
      "a name that is taken",
      `measures: { f: { count: order } }\nrfm: { of: order, bins: 2, ${CUTS} }`,
      "4:13  name-taken  `f` is already a name of rfm (line 5)  (measures, scores, bands and audiences share one set of names: rename one)",
    ],
  ])("is refused with %s", (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it("is what conditions name, and nothing without it", () => {
    expect(problemsOf(`rfm: { of: order, bins: 2, ${CUTS} }\naudiences: { a: "rfm == 222 && r >= 2 && missing(m)", b: "f in [1, 2]" }`)).toEqual([]);
    expect(problemsOf("audiences: { a: rfm == 555 }")).toEqual(["4:17  unknown-name  this pack has no `rfm`  (add `rfm:` with the event that is a purchase)"]);
  });
});
