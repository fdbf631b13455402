import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { Fold, runScript, START } from "../support/script.ts";

const yaml = (version: number, exclude: string) => `
pack: p
version: ${version}
${exclude}
events:
  x: X
  known: { identify: true }
traits: { email: string, agent: { type: string, from: context.agent } }
measures:
  n: { count: x }
  last_x: { last: x }
audiences:
  quiet: days_since(last_x) >= 2
stages:
  order: [new, active, gone]
  moves:
    - { to: active, from: new, event: x }
    - { to: gone, if: days_since(last_x) >= 1, for: 1d }
triggers:
  hello: { enter: new, channel: email, message: m }
  later: { event: x, after: 3d, channel: email, message: m }
`;
const PACK = packFrom(yaml(1, 'exclude: traits.email.endsWith("@ours.com") || traits.agent.contains("bot")'));

describe("exclude", () => {
  it("does not make up for a date that came meanwhile", () => {
    const dated = packFrom(
      'pack: p\nversion: 1\nexclude: traits.email.endsWith("@ours.com")\nevents: { x: X }\ntraits: { email: string, renews: date }\ntriggers:\n  due: { date: traits.renews, before: [0d, 1d], channel: email, message: m }\n',
    );
    runScript(
      [dated],
      `
      0d c1 identify {"email": "a@home.org", "renews": "2026-01-06T00:00:00Z"} -> triggers none
      1d c1 identify {"email": "a@ours.com"} -> triggers none
      4d12h c1 identify {"email": "a@home.org"} -> triggers none
      6d ADVANCE -> c1 triggers due
      `,
    );
  });

  it("knows nothing of who is left out from the start, and is born when that ends", () => {
    const fold = runScript(
      [PACK],
      `
      0d c1 identify {"email": "a@ours.com"} -> triggers none, moves none, stage none
      1d c1 track X -> n 0, stage none, moves none, triggers none
      2d c1 identify {"email": "a@home.org"} -> moves new, triggers hello
      3d c1 track X -> n 1, stage active
      3d c2 track X {"$context": {"agent": "crawl-bot 1"}} -> n 0, moves none
      `,
    );
    expect(fold.dropped).toEqual({ excluded: 3 });
    expect(fold.view("c2").packs.p).toMatchObject({ excluded: true, nextDeadline: null });
    expect(fold.view("c1").packs.p.excluded).toBeUndefined();
  });

  it("stands still for who is left out later, and gives up what waits", () => {
    runScript(
      [PACK],
      `
      0d  c1 track X -> stage active, n 1
      1d  c1 identify {"email": "a@ours.com"} -> moves none
      9d  ADVANCE -> c1 triggers none, c1 moves none, c1 stage active, c1 out quiet
      9d  c1 track X -> n 1
      9d  c1 identify {"email": "b@home.org"} -> moves +quiet, triggers none
      10d ADVANCE -> c1 moves gone, c1 triggers none
      `,
    );
  });

  it("takes back what was said of a series, and closes its goal as not reached", () => {
    const series = "  s: { event: x, goal: { event: known, within: 9d }, channel: email, steps: [{ after: 0d, message: one }, { after: 3d, message: two }] }\n";
    const fold = runScript(
      [packFrom(`${yaml(1, 'exclude: traits.email.endsWith("@ours.com")')}${series}`)],
      `
      0d c1 track X -> triggers ~hello s
      1d c1 identify {"email": "a@ours.com"} -> triggers !s, outcomes s:not_reached
      2d c1 identify {"email": "b@home.org"}
      9d ADVANCE -> c1 triggers none, c1 outcomes none
      `,
    );
    const bodies = fold.effects.map(({ body }) => body);
    expect(bodies.find(({ data }) => data.action?.cancel)?.data.because).toMatchObject({ cause: "event", ended: "excluded" });
    expect(bodies.find(({ data }) => data.outcome)?.data.because).toMatchObject({ ended: "excluded" });
  });

  it("comes with a new version for contacts who are there", () => {
    const fold = new Fold([packFrom(yaml(1, ""))]);
    fold.event("c1", START, { type: "identify", traits: { email: "a@ours.com" } });
    fold.event("c1", START, { type: "track", event: "X" });
    fold.pack(packFrom(yaml(2, 'exclude: traits.email.endsWith("@ours.com")')));
    const before = fold.effects.length;
    fold.advance(START + 9 * 86_400_000);
    expect(fold.effects.length).toBe(before);
    expect(fold.view("c1").packs.p).toMatchObject({ excluded: true, stage: { name: "active" } });
  });
});
