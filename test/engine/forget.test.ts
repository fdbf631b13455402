import { describe, expect, it } from "vitest";
import { contactHash } from "../../src/model/contact-hash.ts";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const PACK = packFrom(`
pack: p
version: 1
events: { seen: Seen, cart: Cart, bought: Bought }
traits: { word: { type: string, from: properties.word } }
measures: { n: { count: seen } }
stages: { order: [visitor, buyer], moves: [{ to: buyer, event: bought }] }
triggers:
  welcome:
    enter: visitor
    channel: email
    carry: [word]
    steps: [{ after: 0m, message: hello }, { after: 2d, message: again }, { after: 4d, message: last }]
    goal: { event: bought, within: 30d }
  later: { event: cart, after: 1d, channel: { all: [email, web] }, message: cart }
`);
const POLICY = `
policy: house
channels: { email: { consent: { key: email, default: opt_out }, quiet: "00:00 to 12:00" }, web: {} }
`;
const hash = contactHash({ kind: "user", id: "c1" });

describe("a contact that is forgotten", () => {
  it("is gone; what was promised of it is taken back once, under the same key, and nothing else of it ever comes", () => {
    const fold = runScript(
      [PACK],
      `
      0d   c1 track Seen {"word": "hush"}  -> stage visitor, sent welcome:email
      1d   c1 track Cart
      1d12h FORGET c1                      -> triggers !welcome, outcomes none, moves none, gone
      40d  ADVANCE
      `,
    );
    expect(fold.effects.at(-1)?.subject).toBe("tidemark.transitions.policy.contact.forgotten.0");
    const [first, taken] = fold.effects.filter(({ subject }) => subject.startsWith("tidemark.triggers."));
    expect(taken?.body.data).toMatchObject({
      key: first?.body.data.key,
      sequence: 2,
      action: { cancel: true, channel: "email" },
      because: { cause: "forget", ended: "forgotten" },
    });
    expect(fold.stored().includes("c1")).toBe(false);
    expect(fold.stored().includes("hush")).toBe(false);
  });

  it("is confirmed by a fact with the request and the hash, which does not name it, also where nobody was found", () => {
    const fold = runScript([PACK], "0d c1 track Seen\n1d FORGET c1\n2d FORGET c1");
    const confirmed = fold.effects.filter(({ subject }) => subject === "tidemark.transitions.policy.contact.forgotten.0");
    expect(confirmed.map(({ body }) => [body.type, body.subject, body.time, body.data])).toEqual([
      ["io.tidemark.transition.v1", hash, "2026-01-02T00:00:00.000Z", confirmation("known", "request-1d", 1)],
      ["io.tidemark.transition.v1", hash, "2026-01-03T00:00:00.000Z", confirmation(null, "request-2d", 0)],
    ]);
    expect(JSON.stringify(confirmed)).not.toContain("c1");
    expect([fold.tombstone("request-1d"), fold.tombstone("request-2d")]).toMatchObject([null, { hash, at: Date.parse("2026-01-03T00:00:00Z") }]);
  });

  it("takes back nothing where nothing was sent, and drops what quiet hours hold without a word", () => {
    const fold = runScript(
      [PACK],
      `
      1h  c1 track Seen  -> sent none
      2h  FORGET c1      -> triggers none, gone
      9d  ADVANCE
      `,
      {},
      POLICY,
    );
    expect(fold.effects.map(({ subject }) => subject)).toEqual(["tidemark.transitions.p.stage.visitor.0", "tidemark.transitions.policy.contact.forgotten.0"]);
  });

  it("does not come back by what it did before, however late that comes; what it does after begins a new contact", () => {
    const fold = runScript(
      [PACK],
      `
      0d   c1 track Seen
      0d   c2 track Seen
      2d   FORGET c1
      3d   c1 @1d track Seen       -> gone, moves none
      3d   c1 @2d identify {"a":1} -> gone
      3d   c2 @1d track Seen       -> n 2
      4d   c1 track Seen           -> n 1, stage visitor, moves visitor, sent welcome:email
      5d   c1 @1d track Seen       -> n 1
      5d   anon:c1 @1d track Seen  -> n 1
      `,
    );
    expect(fold.outcomes).toMatchObject({ applied: 5, forgotten: 3 });
    expect(fold.view("c1").contact.generation).toBeGreaterThan(fold.view("c2").contact.generation);
    expect(fold.view("c1").packs.p.stage.sequence).toBe(1);
  });

  it("is found by its kind: the same id of the other kind stays", () => {
    runScript([PACK], "0d c1 track Seen\n0d anon:c1 track Seen\n1d FORGET c1 -> gone\n2d anon:c1 track Seen -> n 2\n3d FORGET anon:c1 -> gone");
  });

  it("does not fire what was due and had no time step yet", () => {
    const fold = runScript([PACK], "30s c1 track Cart\n1d c2 track Seen\n1d40s FORGET c1\n3d ADVANCE", { time: { grain_ms: 60_000 } });
    expect(fold.effects.filter(({ subject }) => subject.includes(".later."))).toEqual([]);
  });
});

const confirmation = (from: string | null, request: string, takenBack: number) => ({
  pack: "policy",
  origin: "live",
  axis: "contact",
  from,
  to: "forgotten",
  contact: { hash, kind: "user" },
  because: { cause: "forget", request, takenBack },
});
