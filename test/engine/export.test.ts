// What is held of a contact: all of it is shown to whoever may ask, and nothing is held that no pack or policy has asked for.

import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const PACK = packFrom(`
pack: p
version: 1
events: { seen: Seen, cart: { track: Cart, value: properties.total } }
traits: { plan: string, email: { type: string, personal: true }, seats: number, since: date, beta: bool }
measures: { n: { count: seen, window: 30d }, last_total: { latest: cart } }
scores: { heat: { decay: { half_life: 1d }, points: { seen: 8 } } }
stages: { order: [visitor, buyer], moves: [{ to: buyer, event: cart }] }
triggers:
  welcome: { event: seen, channel: email, steps: [{ after: 0m, message: hello }, { after: 2d, message: again }] }
  later: { event: cart, after: 1d, channel: email, carry: [event.properties.product], message: cart }
  offer: { event: seen, channel: push, message: offer }
`);
const POLICY = `
policy: house
channels: { email: { consent: { key: email, default: opt_out } }, push: { consent: { key: push, default: opt_out }, quiet: "00:00 to 23:00" } }
`;
const STORY = `
  1h c1 identify {"plan": "pro", "email": "ada@mail.example", "seats": 3, "since": "2025-12-24", "beta": true, "consent": {"email": {"news": false}, "push": true}, "birthday": "1815-12-10", "card": "4111-1111"}
  2h c1 track Cart {"total": 12.5, "product": "lamp", "coupon": "SPRING-UNASKED", "$context": {"ip": "203.0.113.9", "userAgent": "Browser-Unasked"}}
  3h c1 track Seen {"note": "nobody asked for this"}
`;
const told = () => runScript([PACK], STORY, {}, POLICY);

describe("what is held of a contact", () => {
  it("is shown whole: traits, what waits, what is held back, what was said of being reached and when, and every field", () => {
    const held = told().held("c1");
    expect(held.contact).toMatchObject({ id: "c1", kind: "user", alsoKnownAs: [] });
    expect(held.ids).toEqual([]);
    expect(held.traits).toEqual({ p: { plan: "pro", email: "ada@mail.example", seats: 3, since: "2025-12-24T00:00:00.000Z", beta: true } });
    expect(held.pending.p).toMatchObject({
      welcome: { due: "2026-01-03T03:00:00.000Z", occasion: { g: ["email"], s: 1 } },
      later: { due: "2026-01-02T02:00:00.000Z", occasion: { c: { product: "lamp" } } },
    });
    expect(held.consent).toEqual({
      email: { answer: null, purposes: { news: false }, at: "2026-01-01T01:00:00.000Z" },
      push: { answer: true, purposes: {}, at: "2026-01-01T01:00:00.000Z" },
    });
    expect(held.held).toMatchObject([{ t: "offer", h: "push" }]);
    expect(held.packs.p).toMatchObject({ stage: { name: "buyer" }, measures: { n: 1, last_total: 12.5 } });
  });

  it("has every field by its id, as it lies in the row", () => {
    const { numbers, lists, texts } = told().held("c1").fields;
    const values = (of: Record<string, unknown>, name: string) => Object.entries(of).filter(([id]) => id.includes(name));
    expect(numbers["contact/first_seen"]).toBe(Date.parse("2026-01-01T01:00:00Z"));
    expect(values(texts, "trait/email").map(([, text]) => text)).toEqual(["ada@mail.example"]);
    expect(values(texts, "@policy/held")[0]?.[1]).toContain('"t":"offer"');
    expect(Object.values(lists).flat()).not.toHaveLength(0);
    expect(Object.values(numbers).every((value) => value === null || Number.isFinite(value))).toBe(true);
  });

  it("is nothing for somebody who is not known", () => {
    expect(told().held("c2")).toBeNull();
  });
});

it("nothing is kept that no pack and no policy has asked for, nor a text that is longer than a trait may be", () => {
  const fold = told();
  const bytes = fold.stored();
  for (const asked of ["ada@mail.example", "lamp", "pro"]) expect(bytes.includes(asked), asked).toBe(true);
  for (const unasked of ["1815", "4111", "UNASKED", "Unasked", "203.0.113.9", "nobody asked"]) expect(bytes.includes(unasked), unasked).toBe(false);
  const long = runScript([PACK], `1h c1 identify {"email": "${"x".repeat(300)}"}`);
  expect([long.stored().includes("xxxx"), long.dropped.trait_too_long]).toEqual([false, 1]);
});
