// The engine's policy against a naive one (policy-naive.ts) in random stories: three packs, contacts that move between zones over the
// nights in which clocks change, consent that comes late and is taken back. Every effect must be the same, in its order; the
// sequence has no gaps; and a crash in the middle changes nothing.

import { describe, expect, test } from "vitest";
import { isDrawn } from "../../../src/model/draw.ts";
import { packFrom } from "../../support/pack.ts";
import { Fold } from "../../support/script.ts";
import { NaiveContact, type NaivePolicy, type Want } from "./naive.ts";

const POLICY = `policy: random
zone: { trait: timezone, else: Europe/Berlin }
channels:
  email: { consent: { key: email, default: opt_out }, cap: [2 per 1d, 3 per day, 6 per 5d, 9 per week], quiet: "21:30 to 08:00" }
  push: { consent: push, cap: 2 per 3h, quiet: "01:15 to 02:45" }
  web: { cap: 3 per 2d }
  ads: { reaches: audience, consent: { key: email, default: opt_in } }
  crm: { reaches: staff }
everyone: { cap: [7 per 3d, 4 per 6h, 20 per month] }
when_quiet: { hold: 9h }
hold_out: { percent: 25, salt: random }
`;

const NAIVE: NaivePolicy = {
  channels: {
    email: {
      reaches: "contact",
      consent: { key: "email", optOut: true },
      caps: [
        { limit: 2, hours: 24 },
        { limit: 3, days: 1 },
        { limit: 6, days: 5 },
        { limit: 9, in: "week" },
      ],
      quiet: [1290, 480],
    },
    push: { reaches: "contact", consent: { key: "push", optOut: false }, caps: [{ limit: 2, hours: 3 }], quiet: [75, 165] },
    web: { reaches: "contact", caps: [{ limit: 3, hours: 48 }] },
    ads: { reaches: "audience", consent: { key: "email", optOut: false }, caps: [] },
    crm: { reaches: "staff", caps: [] },
  },
  everyone: [
    { limit: 7, days: 3 },
    { limit: 4, hours: 6 },
    { limit: 20, in: "month" },
  ],
  holdMs: 9 * 3_600_000,
  elseZone: "Europe/Berlin",
  heldOut: (contact) => isDrawn(`random\nuser\n${contact}`, 25),
};

const want = (pack: string, trigger: string, channels: string, more: Partial<Want> = {}): Want => ({
  ...{ pack, trigger, priority: "normal", purpose: "marketing", expiresMs: null, all: false },
  channels: channels.split(" "),
  ...more,
});

/** Three packs hear the same three events. Names go in the order of declaration. */
const WANTS: Readonly<Record<string, readonly Want[]>> = {
  Promo: [
    want("a", "t1", "email"),
    want("b", "t2", "push email", { priority: "high" }),
    want("c", "t3", "email push ads crm", { all: true, priority: "low", purpose: "news" }),
  ],
  Ping: [want("a", "t4", "web push"), want("b", "t5", "email", { expiresMs: 4 * 3_600_000 }), want("c", "t6", "push", { priority: "high", purpose: "news" })],
  Order: [want("a", "t7", "email", { purpose: "transactional" }), want("b", "t8", "crm", { purpose: "internal" }), want("c", "t9", "web email", { all: true })],
};

const PACKS = ["a", "b", "c"].map((name) =>
  packFrom(
    `pack: ${name}\nversion: 1\nevents: { promo: Promo, ping: Ping, order: Order }\ntriggers:\n${Object.entries(WANTS)
      .flatMap(([event, wants]) => wants.filter(({ pack }) => pack === name).map((one) => `  ${one.trigger}: ${triggerText(event, one)}\n`))
      .join("")}`,
  ),
);

function triggerText(event: string, { channels, all, priority, purpose, expiresMs }: Want): string {
  const expires = expiresMs === null ? "" : `, expires: ${expiresMs / 3_600_000}h`;
  return `{ event: ${event.toLowerCase()}, channel: { ${all ? "all" : "first"}: [${channels.join(", ")}] }, message: m, priority: ${priority}, purpose: ${purpose}${expires} }`;
}

const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "No/Where", null];
const CONTACTS = ["c1", "c2", "c3", "c4", "c5"];

describe.each([
  ["spring", "2026-03-07T12:00:00Z"],
  ["the end of Ramadan and of a southern summer", "2026-03-20T12:00:00Z"],
  ["autumn", "2026-10-24T06:00:00Z"],
])("in %s", (_, begins) => {
  test.each([1, 2, 3])("a random story is told alike (seed %i)", (seed) => {
    const random = generator(seed * 7919 + begins.length + begins.charCodeAt(6));
    const fold = new Fold(PACKS, {}, POLICY);
    const naive = new Map(CONTACTS.map((id) => [id, new NaiveContact(id, NAIVE)]));
    let now = Date.parse(begins);
    for (let i = 0; i < 220; i++) {
      now += Math.floor(random() * random() * 8 * 3_600_000);
      if (random() < 0.05) fold.checkpoint();
      tell(fold, naive, CONTACTS[Math.floor(random() * CONTACTS.length)] as string, now, random);
      if (random() < 0.02) fold.crash();
    }
    now += 2 * 86_400_000;
    fold.advance(now);
    for (const [id, contact] of naive) {
      contact.advance(now);
      const all = fold.effects.filter(({ body }) => body.subject === id).map(({ body }) => body);
      const consents = all.filter(({ data }) => data.axis === "consent").map(({ data }) => data);
      expect(
        consents.map(({ to, now: { answer, purposes } }) => `${to} ${answer} ${Object.entries(purposes).map(([purpose, said]) => `${purpose}=${said}`)}`),
      ).toEqual(contact.changed);
      const mine = all.filter(({ data }) => data.axis !== "consent");
      expect(mine.map(({ time, data }) => `${time} ${data.trigger} ${data.reason ?? data.action.channel}`)).toEqual(
        contact.told.map(({ at, trigger, outcome }) => `${new Date(at).toISOString()} ${trigger} ${outcome}`),
      );
      for (const pack of PACKS) {
        const numbers = mine.filter(({ data }) => data.pack === pack.name).map(({ data }) => data.sequence);
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      }
    }
    expect(new Set(fold.effects.map(({ body }) => body.data.reason))).toEqual(new Set([undefined, "consent", "quiet", "cap", "hold_out"]));
  });
});

/** One message of a contact, to both. */
function tell(fold: Fold, naive: ReadonlyMap<string, NaiveContact>, id: string, now: number, random: () => number): void {
  const contact = naive.get(id) as NaiveContact;
  contact.advance(now);
  const dice = random();
  if (dice < 0.1) {
    const zone = ZONES[Math.floor(random() * ZONES.length)] ?? null;
    contact.zone(zone);
    contact.touch([], now);
    fold.event(id, now, { type: "identify", traits: { timezone: zone } });
  } else if (dice < 0.25) {
    const key = random() < 0.5 ? "email" : "push";
    const answer =
      ([true, true, true, false, null, { news: true }, { news: false, marketing: true }, { marketing: null }] as const)[Math.floor(random() * 8)] ?? true;
    const at = now - Math.floor(random() * 2) * 40_000_000;
    contact.says(key, answer, at);
    contact.touch([], now);
    fold.event(id, now, { type: "identify", traits: { consent: { [key]: answer } } }, at);
  } else if (dice < 0.27) {
    contact.says("email", false, now);
    contact.touch([], now);
    fold.event(id, now, { type: "track", event: "Email Unsubscribed" });
  } else {
    const event = ["Promo", "Ping", "Order"][Math.floor(random() * 3)] as string;
    contact.touch(WANTS[event] ?? [], now);
    fold.event(id, now, { type: "track", event });
  }
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}
