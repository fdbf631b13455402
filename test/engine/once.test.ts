import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const PACK = packFrom(`
pack: p
version: 1
events:
  open: { track: Opened, once: { per: properties.mail, in: 1d } }
  any_open: Opened
measures:
  opens: { count: open }
  all: { count: any_open }
scores:
  s: { points: { open: 5 } }
`);

describe("once", () => {
  it("drops repeats of a value for as long as it says, counted from the last that counted", () => {
    const fold = runScript(
      [PACK],
      `
      0d              c1 track Opened {"mail": "a"} -> opens 1, s 5
      23h59m59s999ms  c1 track Opened {"mail": "a"} -> opens 1, all 2, s 5
      1d              c1 track Opened {"mail": "a"} -> opens 2, s 10
      1d              c1 track Opened {"mail": "b"} -> opens 3
      1d23h           c1 track Opened {"mail": "a"} -> opens 3
      1d23h           c1 track Opened {} -> opens 4
      1d23h           c1 track Opened {} -> opens 5
      1d23h           c1 track Opened {"mail": 7} -> opens 6
      1d23h           c1 track Opened {"mail": "7"} -> opens 6
      1d23h           c2 track Opened {"mail": "a"} -> opens 1
      `,
    );
    expect(fold.dropped).toEqual({ once_repeated: 3 });
  });

  it("goes by event time, both ways", () => {
    runScript(
      [PACK],
      `
      5d c1 track Opened {"mail": "a"} -> opens 1
      5d c1 @4d1h track Opened {"mail": "a"} -> opens 1
      5d c1 @4d track Opened {"mail": "a"} -> opens 2
      5d c1 @4d track Opened {"mail": "a"} -> opens 3
      5d c1 track Opened {"mail": "a"} -> opens 3
      `,
    );
  });

  it("remembers 64 values: the one whose last came first is forgotten", () => {
    const fill = Array.from({ length: 64 }, (_, i) => `1m c1 track Opened {"mail": ${i}}`).join("\n");
    runScript(
      [PACK],
      `${fill}\n2m c1 track Opened {"mail": 0} -> opens 64\n2m c1 track Opened {"mail": "new"} -> opens 65\n3m c1 track Opened {"mail": 1} -> opens 65\n3m c1 track Opened {"mail": 0} -> opens 66`,
    );
  });
});
