import { describe, expect, it } from "vitest";
import { MAX_BROADCASTS } from "../../src/partition/broadcasts.ts";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const PACK = packFrom(`
pack: p
version: 1
events: { a: A, b: B }
stages: { order: [x, y], moves: [{ to: y, event: b }] }
triggers:
  news: { broadcast: true, channel: web, message: m }
  fits: { broadcast: true, in: [y], channel: { all: [web, push] }, message: m }
  seen: { event: a, channel: web, message: m }
`);
const slowly = { timers: { sweep_per_step: 1 } };
// All of these live in one partition, in the order of its slots.
const HERD = "0d c33 track A\n0d c91 track A\n0d c118 track A\n0d c121 track A";

describe("a broadcast", () => {
  it("reaches everybody who is there, once, a fixed number of contacts at each time step", () => {
    const fold = runScript(
      [PACK],
      `
      ${HERD}
      1d BROADCAST p/news/spring
      1d c33 track B -> triggers news
      `,
      slowly,
    );
    expect(fold.effects.at(-1)?.body.data).toMatchObject({ axis: "stage", to: "y" });
    const [told] = fold.effects.filter(({ body }) => body.data.trigger === "news");
    expect(told?.body.data).toMatchObject({ key: "p/news/c33/spring", because: { cause: "broadcast", broadcast: "spring" } });
    fold.advance(Date.parse("2026-01-03T00:00:00Z"));
    expect(fold.effects.filter(({ body }) => body.data.trigger === "news").map(({ body }) => body.subject)).toHaveLength(4);
  });

  it("is heard before the event that touches the contact first, and not by who came later", () => {
    runScript(
      [PACK],
      `
      ${HERD}
      1d BROADCAST p/news/spring
      1d c121 track A -> triggers news seen
      1d c999 track A -> triggers seen
      2d ADVANCE -> c33 triggers news, c91 triggers news, c118 triggers news, c121 triggers none, c999 triggers none
      9d ADVANCE -> c33 triggers none
      `,
      slowly,
    );
  });

  it("asks where the contact stands when it reaches it, and goes to all its channels", () => {
    runScript(
      [PACK],
      `
      0d c33 track A
      0d c91 track B
      1d BROADCAST p/fits/spring
      2d ADVANCE -> c33 triggers none, c91 triggers fits fits
      `,
    );
  });

  it("that is said again does nothing; another waits for its turn", () => {
    const fold = runScript(
      [PACK],
      `
      ${HERD}
      1d BROADCAST p/news/one
      1d BROADCAST p/news/two
      1d BROADCAST p/news/one
      2d ADVANCE -> c33 triggers news news, c121 triggers news news
      2d BROADCAST p/news/one
      3d ADVANCE -> c33 triggers none
      `,
      slowly,
    );
    const keys = fold.effects.filter(({ body }) => body.data.trigger === "news" && body.subject === "c118").map(({ body }) => body.data.key);
    expect(keys).toEqual(["p/news/c118/one", "p/news/c118/two"]);
    expect(fold.dropped.broadcast_refused).toBeUndefined();
  });

  it("that no pack knows, or that finds too many before it, is refused and counted", () => {
    const fold = runScript([PACK], "0d c1 track A\n1d BROADCAST p/nothing/x\n1d BROADCAST q/news/x\n1d BROADCAST p/seen/x");
    expect(fold.dropped.broadcast_refused).toBe(3);
    for (let i = 0; i <= MAX_BROADCASTS; i++) fold.broadcast(Date.parse("2026-01-02T00:00:00Z"), "p", "news", `n${i}`);
    expect(fold.dropped.broadcast_refused).toBe(4);
  });
});
