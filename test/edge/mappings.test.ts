// The mappings that come with Tidemark, on bodies as their makers' public documentation describes them (shapes and field names from there, values
// made up), through a running edge: what is stored, what is ignored, what is a dead letter.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadOneMapping } from "../../src/cli/mapping-files.ts";
import { memoryEdge, post } from "./memory-edge.ts";

const load = (name: string) => loadOneMapping(join(import.meta.dirname, `../../rules/mappings/${name}.yaml`));

async function through(name: string, body: unknown, path = "") {
  const edge = await memoryEdge({ parts: { mappings: new Map([[name, load(name)]]) } });
  const { status, body: answer } = await post(`${edge.url}/v1/map/${name}${path}`, body);
  expect(status).toBe(200);
  return { events: edge.events(), answer, letters: edge.letters };
}

const seen = (events: readonly Record<string, unknown>[]) =>
  events.map(({ event, userId, timestamp, context }) => [event, userId, timestamp, (context as { tidemark?: { key?: string } } | undefined)?.tidemark?.key]);

describe("sendgrid", () => {
  const common = {
    email: "ana@example.com",
    timestamp: 1_772_442_000,
    "smtp-id": "<1@x>",
    sg_message_id: "msg-1",
    tidemark_contact: "c_42",
    tidemark_key: "p/t/c_42/2",
  };
  const at = 1_772_442_000_000;

  test("delivered, opened, clicked, bounced, complained, unsubscribed, each tied to its trigger", async () => {
    const body = ["processed", "delivered", "open", "click", "bounce", "spamreport", "unsubscribe", "group_unsubscribe", "deferred", "group_resubscribe"].map(
      (event) => ({
        ...common,
        event,
        sg_event_id: `e-${event}`,
        ...(event === "click" ? { url: "https://shop.example/a" } : {}),
        ...(event === "bounce" ? { type: "blocked", reason: "550", status: "5.0.0" } : {}),
      }),
    );
    const { events, answer } = await through("sendgrid", body);
    expect(seen(events)).toEqual(
      ["Email Delivered", "Email Opened", "Email Link Clicked", "Email Bounced", "Email Marked as Spam", "Unsubscribed", "Unsubscribed"].map((name) => [
        name,
        "c_42",
        at,
        "p/t/c_42/2",
      ]),
    );
    expect(events[2]).toMatchObject({
      messageId: "e-click",
      properties: { link_url: "https://shop.example/a", email_id: "msg-1" },
      context: { traits: { email: "ana@example.com" } },
    });
    expect(events[3]).toMatchObject({ properties: { bounce_type: "blocked", bounce_reason: "550" } });
    expect(answer).toMatchObject({ success: true, accepted: 7, ignored: 3, rejectedCount: 0 });
  });

  test("a mail that was sent without the contact is a dead letter, with its place in the request", async () => {
    const { answer, letters } = await through("sendgrid", [
      { ...common, event: "processed" },
      { ...common, tidemark_contact: undefined, event: "open" },
    ]);
    expect(answer).toMatchObject({ accepted: 0, ignored: 1, rejected: [{ index: 1, reason: "no_id" }] });
    expect(letters.length).toBe(1);
  });
});

describe("postmark", () => {
  const common = { MessageID: "00000000-0000", Tag: "welcome", Metadata: { tidemark_contact: "c_42", tidemark_key: "p/t/c_42/2" }, MessageStream: "outbound" };
  test.each([
    ["Email Delivered", { RecordType: "Delivery", Recipient: "a@example.com", DeliveredAt: "2026-03-02T08:00:00Z", Details: "ok" }],
    ["Email Opened", { RecordType: "Open", FirstOpen: true, Recipient: "a@example.com", ReceivedAt: "2026-03-02T08:00:00Z", UserAgent: "x" }],
    [
      "Email Link Clicked",
      { RecordType: "Click", OriginalLink: "https://a", ClickLocation: "HTML", Recipient: "a@example.com", ReceivedAt: "2026-03-02T08:00:00Z" },
    ],
    [
      "Email Bounced",
      { RecordType: "Bounce", ID: 42, Type: "HardBounce", Description: "gone", Email: "a@example.com", BouncedAt: "2026-03-02T08:00:00.9070259Z" },
    ],
    ["Email Marked as Spam", { RecordType: "SpamComplaint", ID: 42, Type: "SpamComplaint", Email: "a@example.com", BouncedAt: "2026-03-02T08:00:00Z" }],
    [
      "Unsubscribed",
      {
        RecordType: "SubscriptionChange",
        Recipient: "a@example.com",
        ChangedAt: "2026-03-02T08:00:00Z",
        SuppressSending: true,
        SuppressionReason: "ManualSuppression",
      },
    ],
  ])("%s", async (name, body) => {
    const { events } = await through("postmark", { ...common, ...body });
    expect(events).toMatchObject([
      {
        type: "track",
        event: name,
        userId: "c_42",
        timestamp: expect.stringMatching(/^2026-03-02T08/),
        messageId: expect.stringContaining("/"),
        context: { tidemark: { key: "p/t/c_42/2" }, traits: { email: "a@example.com" } },
      },
    ]);
  });

  test("a reactivation, and a suppression that a bounce caused, are ignored", async () => {
    const change = { ...common, RecordType: "SubscriptionChange", Recipient: "a@example.com", ChangedAt: "2026-03-02T08:00:00Z" };
    expect((await through("postmark", { ...change, SuppressSending: false })).answer).toMatchObject({ accepted: 0, ignored: 1 });
    expect((await through("postmark", { ...change, SuppressSending: true, SuppressionReason: "HardBounce" })).answer).toMatchObject({
      accepted: 0,
      ignored: 1,
    });
  });
});

test("customerio: by object_type and metric; other channels are ignored", async () => {
  const body = (metric: string, more: object = {}) => ({
    event_id: `01E-${metric}`,
    object_type: "email",
    metric,
    timestamp: 1_772_442_000,
    data: {
      customer_id: "0200",
      identifiers: { id: "c_42", email: "a@example.com", cio_id: "d9" },
      delivery_id: "d-1",
      recipient: "a@example.com",
      subject: "Hi",
      ...more,
    },
  });
  const names: unknown[] = [];
  for (const metric of ["delivered", "opened", "clicked", "bounced", "spammed", "unsubscribed"])
    names.push(...seen((await through("customerio", body(metric, metric === "clicked" ? { href: "https://a", link_id: 1 } : {}))).events));
  expect(names).toEqual(
    ["Email Delivered", "Email Opened", "Email Link Clicked", "Email Bounced", "Email Marked as Spam", "Unsubscribed"].map((name) => [
      name,
      "c_42",
      1_772_442_000_000,
      undefined,
    ]),
  );
  expect((await through("customerio", { ...body("opened"), object_type: "push" })).answer).toMatchObject({ ignored: 1 });
});

describe("posthog", () => {
  test("capture and batch, identified and anonymous, with the API key as the write key", async () => {
    const edge = await memoryEdge({ writeKeys: ["phc_1"], parts: { mappings: new Map([["posthog", load("posthog")]]) } });
    const single = {
      api_key: "phc_1",
      event: "Signed Up",
      distinct_id: "c_42",
      properties: { plan: "team" },
      timestamp: "2026-03-02T08:00:00.913767",
      uuid: "u1",
    };
    expect((await post(`${edge.url}/v1/map/posthog/capture/`, single)).status).toBe(200);
    const batch = [
      {
        event: "$pageview",
        properties: { distinct_id: "d-1", $is_identified: false, $pathname: "/pricing", $current_url: "https://a/pricing" },
        timestamp: "2026-03-02T08:00:00Z",
      },
      { event: "$identify", distinct_id: "c_42", properties: { $anon_distinct_id: "d-1", $set: { email: "a@example.com" } } },
      { event: "$create_alias", distinct_id: "c_42", properties: { alias: "c_43" } },
      { event: "$groupidentify", distinct_id: "c_42", properties: { $group_type: "company", $group_key: "g1", $group_set: { name: "Acme" } } },
      { event: "$autocapture", distinct_id: "c_42", properties: {} },
    ];
    expect((await post(`${edge.url}/v1/map/posthog/batch/`, { api_key: "phc_1", batch })).body).toMatchObject({ accepted: 4, ignored: 1 });
    expect((await post(`${edge.url}/v1/map/posthog/batch/`, { api_key: "other", batch })).status).toBe(401);
    expect(edge.events()).toMatchObject([
      { type: "track", event: "Signed Up", userId: "c_42", messageId: "u1", properties: { plan: "team" }, timestamp: "2026-03-02T08:00:00.913767" },
      { type: "page", name: "/pricing", anonymousId: "d-1", context: { page: { url: "https://a/pricing" } } },
      { type: "identify", userId: "c_42", anonymousId: "d-1", traits: { email: "a@example.com" } },
      { type: "alias", userId: "c_42", previousId: "c_43" },
      { type: "group", userId: "c_42", groupId: "g1", traits: { name: "Acme" } },
    ]);
    expect(edge.events()[1]).not.toHaveProperty("userId");
    expect(edge.events()[0]).not.toHaveProperty("anonymousId");
  });
});

test("a mapping that is not there is 404; a body that is no JSON is 400; one that is anything else is taken apart without harm", async () => {
  const edge = await memoryEdge({ parts: { mappings: new Map([["posthog", load("posthog")]]) } });
  expect((await post(`${edge.url}/v1/map/other`, {})).status).toBe(404);
  expect((await post(`${edge.url}/v1/map/posthog`, "{")).status).toBe(400);
  for (const body of [
    7,
    null,
    [],
    '"text"',
    [[]],
    { batch: {} },
    `{"batch":[${"[".repeat(20_000)}${"]".repeat(20_000)}]}`,
    '{"event":"E","distinct_id":"c","properties":{"__proto__":{"x":1}}}',
  ])
    expect((await post(`${edge.url}/v1/map/posthog`, body)).status).toBe(200);
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
});
