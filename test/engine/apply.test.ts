import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const FUNNEL = packFrom(`
pack: funnel
version: 3
events: { a: A, b: B }
traits: { plan: string }
measures: { n_a: { count: a } }
scores: { s: { points: { a: 10 } } }
audiences: { keen: s >= 10 }
segments: { list: [{ paying: 'traits.plan == "pro"' }, { free: else }] }
stages: { order: [x, y, z], moves: [{ to: y, from: x, if: keen && segment == "paying" }, { to: z, from: y, event: b }] }
triggers:
  born: { enter: x, channel: web, message: hello }
  moved: { enter: [y, z], channel: web, message: m }
  rich: { enter: paying, channel: web, message: m }
`);
const OTHER = packFrom(`
pack: a_other
version: 1
events: { only: Only }
measures: { n: { count: only } }
stages: { order: [one, two], moves: [{ to: two, from: one, event: only }] }
`);

describe("an event", () => {
  it("bears the contact into all packs, before its traits and points count", () => {
    const fold = runScript([FUNNEL, OTHER], "1h c1 track A -> stage one, moves one x +keen free, triggers born");
    const born = fold.effects.find((effect) => effect.body.data.to === "x");
    expect(born?.body).toMatchObject({
      subject: "c1",
      time: "2026-01-01T01:00:00.000Z",
      data: { version: 3, sequence: 1, now: { stage: "x", segment: null, scores: { s: 0 }, audiences: [] }, because: { points: { s: {} } } },
    });
    expect(fold.view("c1")).toMatchObject({ contact: { id: "c1", kind: "user" }, firstSeen: "2026-01-01T01:00:00.000Z" });
  });

  it("goes on until nothing changes: a trait turns the segment, and that the stage", () => {
    runScript(
      [FUNNEL],
      `
      0d c1 track A -> moves x +keen free
      0d c1 identify {"plan": "pro"} -> moves paying y, triggers moved rich
      0d c1 track B -> moves z, triggers moved
      `,
    );
  });

  it("that no pack knows touches the contact and no pack", () => {
    const fold = runScript(
      [FUNNEL],
      `
      1d c1 track A
      2d c1 track Unheard -> moves none, triggers none
      `,
    );
    expect(fold.view("c1")).toMatchObject({ firstSeen: "2026-01-02T00:00:00.000Z", lastSeen: "2026-01-03T00:00:00.000Z" });
  });

  it("numbers transitions and triggers per contact and pack", () => {
    const fold = runScript([FUNNEL, OTHER], '0d c1 track A\n0d c2 track A\n0d c1 track Only\n0d c1 identify {"plan": "pro"}\n0d anon:c1 track Only');
    const numbers = (kind: string, pack: string, contact: string) =>
      fold.effects
        .filter(
          ({ body }) => body.type === `io.tidemark.${kind}.v1` && body.data.pack === pack && body.data.contact.kind === "user" && body.subject === contact,
        )
        .map(({ body }) => body.data.sequence);
    expect(numbers("transition", "funnel", "c1")).toEqual([1, 2, 3, 4, 5]);
    expect(numbers("transition", "funnel", "c2")).toEqual([1, 2, 3]);
    expect(numbers("transition", "a_other", "c1")).toEqual([1, 2]);
    expect(numbers("trigger", "funnel", "c1")).toEqual([1, 2, 3]);
  });

  it("keeps what is early, late and at one moment in log order", () => {
    const fold = runScript(
      [FUNNEL],
      `
      5d c1 @1d track A
      5d c1 @3d track A
      5d c1 @2d track A -> s 30, n_a 3
      `,
    );
    expect(fold.view("c1")).toMatchObject({ firstSeen: "2026-01-02T00:00:00.000Z", lastSeen: "2026-01-04T00:00:00.000Z" });
    expect(fold.view("c1").packs.funnel.stage.since).toBe("2026-01-06T00:00:00.000Z");
  });
});

describe("identified", () => {
  it("tells who is known by a user id", () => {
    runScript(
      [packFrom("pack: p\nversion: 1\nevents: { a: A }\naudiences: { known: identified }\n")],
      '0d c1 track A -> in known\n0d anon:c1 track A -> out known\n0d anon:c1 track A {"$userId": "c1"} -> c1 in known',
    );
  });
});
