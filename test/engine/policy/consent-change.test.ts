// A change of consent is a fact: told once, with what was said before, what is said now, and by what.

import { describe, expect, it } from "vitest";
import { packFrom } from "../../support/pack.ts";
import { type Effect, runScript } from "../../support/script.ts";
import { Town } from "../../support/town.ts";

const PACK = packFrom("pack: p\nversion: 1\nevents: { seen: Seen, left: Unsubscribed }\nstages: { order: [here, gone], moves: [{ to: gone, event: left }] }\n");
const POLICY = "policy: house\nchannels: { email: { consent: { key: email, default: opt_out } }, push: { consent: push }, web: {} }\n";

const changes = (effects: readonly Pick<Effect, "subject" | "body">[]) =>
  effects.filter(({ subject }) => subject.startsWith("tidemark.transitions.policy.consent.")).map(({ subject, body: { data } }) => ({ subject, ...data }));
const run = (script: string) => runScript([PACK], script, {}, POLICY);

describe("a change of consent", () => {
  it("is published under its key, with both sides and the message that said it", () => {
    const fold = run('1h c1 identify {"consent": {"email": true}}');
    expect(changes(fold.effects)).toEqual([
      {
        subject: "tidemark.transitions.policy.consent.email.0",
        pack: "policy",
        policy: "house",
        origin: "live",
        axis: "consent",
        from: null,
        to: "email",
        contact: { id: "c1", kind: "user", alsoKnownAs: [] },
        was: { answer: null, purposes: {} },
        now: { answer: true, purposes: {} },
        because: { cause: "event", event: null, messageId: "m1", occurredAt: "2026-01-01T01:00:00.000Z" },
      },
    ]);
    const { body } = fold.effects.find(({ subject }) => subject.includes(".consent.")) as Effect;
    expect(body).toMatchObject({ type: "io.tidemark.transition.v1", source: "/tidemark/2026-01-01T00:00:00Z/policy", subject: "c1", partitionkey: "c1" });
  });

  it("is told of answers by purpose, of what is taken back, and of the tracks that refuse; by each key for itself", () => {
    const fold = run(`
      0d c1 identify {"consent": {"email": {"news": true}, "push": true}}
      1d c1 identify {"consent": {"email": null}}
      2d c1 track Email Marked as Spam
      3d c1 track Unsubscribed
    `);
    expect(changes(fold.effects).map(({ to, was, now, because }) => [to, was, now, because.event])).toEqual([
      ["email", { answer: null, purposes: {} }, { answer: null, purposes: { news: true } }, null],
      ["push", { answer: null, purposes: {} }, { answer: true, purposes: {} }, null],
      ["email", { answer: null, purposes: { news: true } }, { answer: null, purposes: {} }, null],
      ["email", { answer: null, purposes: {} }, { answer: false, purposes: {} }, "Email Marked as Spam"],
    ]);
  });

  it("is not told where the same is said again, or where something older comes late", () => {
    const fold = run(`
      2d c1 identify {"consent": {"email": false}}
      3d c1 identify {"consent": {"email": false}}
      3d c1 track Unsubscribed
      3d c1 @1d identify {"consent": {"email": true}}
      4d c1 identify {"consent": {"sms": true, "email": "yes"}}
    `);
    expect(changes(fold.effects)).toHaveLength(1);
  });

  it("leaves before what the packs make of the message", () => {
    const fold = run("1h c1 track Seen\n2h c1 track Unsubscribed");
    expect(fold.effects.map(({ subject }) => subject).slice(-2)).toEqual([
      "tidemark.transitions.policy.consent.email.0",
      "tidemark.transitions.p.stage.gone.0",
    ]);
  });

  it("is told of a merge where the person's answer is another by it, and only there", () => {
    const START = Date.parse("2026-01-01T00:00:00Z");
    const here = new Town({ packs: [PACK], policy: POLICY });
    const says = (ids: object, consent: object) => ({ type: "identify", traits: { consent }, ...ids });
    here.send(START, says({ userId: "u1" }, { email: true }), says({ anonymousId: "a1" }, { email: false, push: true }));
    here.send(START, says({ anonymousId: "a2" }, { email: false }));
    const before = here.effects.length;
    here.send(START + 1000, { type: "identify", userId: "u1", anonymousId: "a1" }, { type: "identify", userId: "u2", anonymousId: "a2" });
    expect(changes(here.effects.slice(before)).map(({ contact, to, was, now, because }) => [contact.id, to, was.answer, now.answer, because])).toEqual([
      ["u1", "email", true, false, { cause: "merge", merged: { kind: "anonymous", id: "a1" } }],
    ]);
  });

  it("is muted in history, and counted there", () => {
    const fold = run('1h c1 identify {"consent": {"email": false}, "$context": {"tidemark": {"backfill": true}}}\n2h c1 identify {"consent": {"email": true}}');
    expect(changes(fold.effects).map(({ was, now }) => [was.answer, now.answer])).toEqual([[false, true]]);
  });
});
