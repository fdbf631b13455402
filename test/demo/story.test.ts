import { describe, expect, test } from "vitest";
import { Story } from "../../src/demo/story.ts";
import { whatHappened, whereFrom, why } from "../../src/demo/story-words.ts";
import { type Sent, transition, trigger } from "./effects.ts";

const shop = "ecommerce-rfm";
const leads = "b2b-funnel";

function seen(...sent: readonly Sent[]): Story {
  const story = new Story({ kind: "user", id: "c_ana" });
  for (const { subject, body } of sent) story.see(subject, body);
  return story;
}

const faded = { cause: "time", event: "", checks: [{ if: 'recency == "hot"', value: "warm" }] } as const;
const bought = { cause: "event", event: "order" } as const;
const lapse = (contact: string, at: string): Sent => transition(shop, "segment", "loyal", "high_potential", { contact, at, because: faded });
const mail = (contact: string, at: string): Sent => trigger(shop, "potential", "email", "upsell", { contact, at, because: faded });
const back = (contact: string, at: string): Sent => transition(shop, "segment", "high_potential", "champions", { contact, at, because: bought });

describe("who moved by time alone", () => {
  test("counts contacts once and moves each time; events do not count", () => {
    const story = seen(
      transition(shop, "segment", "recent", "needs_nurturing", { contact: "c_1", because: faded }),
      transition(shop, "segment", "needs_nurturing", "at_risk", { contact: "c_1", because: faded }),
      transition(shop, "segment", "recent", "needs_nurturing", { contact: "c_2", because: faded }),
      transition(leads, "stage", "visitor", "lead", { contact: "c_3" }),
    );
    expect(story).toMatchObject({ contactsMovedByTime: 2, movesByTime: 3, transitions: 4 });
  });

  test("the example is best where a score has faded", () => {
    const points = { engagement: { visit: 3, webinar: 25 } };
    const story = seen(
      transition(leads, "stage", "evangelist", "customer", { contact: "c_1", because: { cause: "time", checks: [{ if: "referrals_365d == 0", value: 0 }] } }),
      transition(leads, "stage", "mql", "lead", { contact: "c_2", because: { cause: "time", checks: [{ if: "engagement < 40", value: 28 }], points } }),
      transition(leads, "stage", "evangelist", "customer", { contact: "c_3", because: { cause: "time" } }),
    );
    expect(story.movedByTime?.contact.id).toBe("c_2");
  });

  test("the example is a stage if there is one, and not the contact who is told of anyway", () => {
    const story = seen(
      transition(shop, "segment", "recent", "needs_nurturing", { contact: "c_1", because: faded }),
      transition(leads, "stage", "mql", "lead", { contact: "c_ana", because: { cause: "time" } }),
      transition(leads, "stage", "mql", "lead", { contact: "c_2", because: { cause: "time" } }),
    );
    expect(story.movedByTime).toMatchObject({ axis: "stage", contact: { id: "c_2" } });
  });
});

describe("who came back", () => {
  test("lapsed, written to, and bought: told with all three", () => {
    const { comebacks, cameBack } = seen(lapse("c_1", "2026-03-01T00:00:00Z"), mail("c_1", "2026-03-01T00:00:01Z"), back("c_1", "2026-03-04T18:00:00Z"));
    expect(comebacks).toBe(1);
    expect([cameBack?.lapsed.to, cameBack?.reached.message, cameBack?.returned.to]).toEqual(["high_potential", "upsell", "champions"]);
  });

  test("who returns before any trigger, or was written to before it lapsed, is not counted", () => {
    const story = seen(
      lapse("c_1", "2026-03-01T00:00:00Z"),
      back("c_1", "2026-03-04T18:00:00Z"),
      mail("c_2", "2026-02-01T00:00:00Z"),
      lapse("c_2", "2026-03-01T00:00:00Z"),
      back("c_2", "2026-03-05T00:00:00Z"),
    );
    expect(story.comebacks).toBe(0);
  });

  test("a trigger of another pack reaches nobody who left the shop", () => {
    const other = trigger(leads, "welcome", "email", "welcome-series", { contact: "c_1", at: "2026-03-02T00:00:00Z" });
    expect(seen(lapse("c_1", "2026-03-01T00:00:00Z"), other, back("c_1", "2026-03-04T18:00:00Z")).comebacks).toBe(0);
  });

  test("a mail about a cart that was left wins nobody back: whoever left it was there", () => {
    const cart = trigger(shop, "cart_left_mail", "email", "cart-still-waiting", {
      contact: "c_1",
      at: "2026-03-02T00:00:00Z",
      because: { cause: "time", started: "checkout" },
    });
    expect(seen(lapse("c_1", "2026-03-01T00:00:00Z"), cart, back("c_1", "2026-03-04T18:00:00Z")).comebacks).toBe(0);
  });

  test("the example is who was away longest of those who bought within two days of the mail", () => {
    const further = transition(shop, "segment", "high_potential", "cant_lose", { contact: "c_2", at: "2026-04-20T00:00:00Z", because: faded });
    const story = seen(
      lapse("c_1", "2026-03-01T00:00:00Z"),
      lapse("c_2", "2026-03-01T00:00:00Z"),
      lapse("c_3", "2026-03-01T00:00:00Z"),
      mail("c_1", "2026-03-09T00:00:00Z"),
      back("c_1", "2026-03-10T00:00:00Z"),
      further,
      mail("c_2", "2026-04-20T00:00:01Z"),
      back("c_2", "2026-04-21T00:00:00Z"),
      mail("c_3", "2026-04-01T00:00:00Z"),
      back("c_3", "2026-06-01T00:00:00Z"),
    );
    expect(story.comebacks).toBe(3);
    expect(story.cameBack?.lapsed).toMatchObject({ contact: { id: "c_2" }, to: "high_potential" });
  });
});

describe("what is kept", () => {
  test("triggers by name, and only the last of them", () => {
    const story = seen(...Array.from({ length: 100 }, (_, i) => trigger(shop, i % 2 ? "thank_you" : "nurture", "email", "m", { contact: `c_${i}` })));
    expect(Object.fromEntries(story.triggers)).toEqual({ "ecommerce-rfm/thank_you": 50, "ecommerce-rfm/nurture": 50 });
    expect(story.recent.length).toBeLessThan(100);
    expect(story.recent.at(-1)?.contact.id).toBe("c_99");
  });

  test("what is no effect is passed over, what breaks the contract is counted", () => {
    const story = seen(
      { subject: "tidemark.epoch.demo", body: new Uint8Array() },
      { subject: "tidemark.triggers.email.p.t.demo", body: new TextEncoder().encode("{") },
    );
    expect(story).toMatchObject({ transitions: 0, triggersSeen: 0, unreadable: 1 });
  });
});

describe("in words", () => {
  const only = (sent: Sent) => {
    const [effect] = seen(sent).hero;
    if (effect === undefined) throw new Error("not kept");
    return effect;
  };
  const ana = { contact: "c_ana" };

  test("what happened", () => {
    expect(whatHappened(only(transition(leads, "stage", undefined, "visitor", ana)))).toBe("first seen: visitor");
    expect(whatHappened(only(transition(leads, "stage", "lead", "mql", ana)))).toBe("lead → mql");
    expect(whatHappened(only(transition(shop, "segment", "none", "recent", ana)))).toBe("none → recent");
    expect(whatHappened(only(trigger(leads, "welcome", "email", "welcome-series", ana)))).toBe("welcome → email: welcome-series");
  });

  test("a grade is told as one, and what takes back a series is not told as a message", () => {
    expect(whatHappened(only(transition(leads, "grid", undefined, "D4", ana)))).toBe("graded D4");
    expect(whatHappened(only(transition(leads, "grid", "D4", "A3", ana)))).toBe("graded D4 → A3");
    expect(whatHappened(only(trigger(leads, "demo_invite", "email", "checklist", { ...ana, cancel: true })))).toBe(
      "demo_invite → email: checklist (cancelled)",
    );
  });

  test("why: the event or time alone, with what was checked", () => {
    const checks = [
      { if: "engagement >= 60", value: 61.9487 },
      { if: "fit >= 55", value: 100 },
      { if: "missing(nps)", value: true },
    ];
    expect(why(only(transition(leads, "stage", "lead", "mql", { ...ana, because: { event: "webinar", checks } })))).toBe(
      "webinar: engagement >= 60 (61.95), fit >= 55 (100), missing(nps)",
    );
    expect(why(only(transition(leads, "stage", undefined, "visitor", { ...ana, because: { event: "" } })))).toBe("first event");
  });

  test("why, where nothing happened: what was waited for", () => {
    const because = (more: object) => ({ ...ana, because: { cause: "time", event: "", ...more } }) as const;
    const faded = { checks: [{ if: "engagement < 40", value: 28.284 }], for: "7d" };
    expect(why(only(transition(leads, "stage", "mql", "lead", because({}))))).toBe("time alone");
    expect(why(only(transition(leads, "stage", "mql", "lead", because(faded))))).toBe("time alone: engagement < 40 (28.28) for 7d");
    expect(why(only(trigger(leads, "no_sales_touch", "crm", "m", because({ after: "2d" }))))).toBe("2d later");
    expect(why(only(trigger(leads, "no_opens", "email", "m", because({ silent: "open", for: "30d", checks: [{ if: "delivered_30d >= 3", value: 4 }] }))))).toBe(
      "no open for 30d: delivered_30d >= 3 (4)",
    );
    expect(why(only(trigger(shop, "cart_left", "push", "m", because({ started: "checkout", without: "order", within: "1h" }))))).toBe(
      "checkout, and no order within 1h",
    );
  });

  test("where a score comes from: the rules that are not nothing, the largest first, of scores that were asked", () => {
    const because = {
      checks: [{ if: "engagement >= 60", value: 43 }],
      points: { engagement: { visit: 2.951, webinar: 20, bounce: -4, pricing_view: 24, floor: 0.001 }, fit: { right_size: 30 } },
    };
    expect(whereFrom(only(transition(leads, "stage", "lead", "mql", { ...ana, because })))).toEqual([
      "engagement = 24 pricing_view + 20 webinar − 4 bounce + 2.95 visit",
    ]);
  });
});
