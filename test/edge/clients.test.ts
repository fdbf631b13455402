// Clients as their makers publish them, against a running edge, engine and broker: what they sent is what the contact shows.

import { jitsuAnalytics } from "@jitsu/js";
import RudderAnalytics from "@rudderstack/rudder-sdk-node";
import { Analytics } from "@segment/analytics-node";
import { expect, test } from "vitest";
import { useNatsServer } from "../support/nats-server.ts";
import { liveEdge } from "./live-edge.ts";

const server = useNatsServer();

test("@segment/analytics-node: identify, track, page, screen, group, alias, and a close that flushes", async () => {
  const edge = await liveEdge(server());
  const analytics = new Analytics({ writeKey: "key-1", host: edge.url });
  const errors: unknown[] = [];
  analytics.on("error", (error) => errors.push(error));
  analytics.identify({ userId: "seg-1", traits: { plan: "team", consent: { email: true } } });
  analytics.track({ userId: "seg-1", event: "Signed Up" });
  analytics.track({ userId: "seg-1", event: "Order Completed", properties: { revenue: 49.9 } });
  analytics.track({ userId: "seg-1", event: "Order Completed", properties: { revenue: "10.05" } });
  analytics.page({ userId: "seg-1", name: "Home" });
  analytics.screen({ userId: "seg-1", name: "Settings" });
  analytics.group({ userId: "seg-1", groupId: "g1", traits: { name: "Acme" } });
  analytics.alias({ userId: "seg-1", previousId: "anon-1" });
  await analytics.closeAndFlush();
  const contact = await edge.shows("seg-1", { sign_ups: 1, revenue: 59.95, homes: 1, pages: 1, screens: 1 });
  expect(contact).toMatchObject({ contact: { id: "seg-1", kind: "user" }, packs: { clients: { stage: { name: "customer" } } } });
  expect(errors).toEqual([]);
  await expect.poll(() => edge.serving.engine.status().outcomes).toMatchObject({ applied: 8, deadLetter: 0 });
});

test("@segment/analytics-node: a key that is not known is refused, and told to whoever sent", async () => {
  const edge = await liveEdge(server());
  const analytics = new Analytics({ writeKey: "wrong", host: edge.url, maxRetries: 0 });
  const errors: unknown[] = [];
  analytics.on("error", (error) => errors.push(error));
  analytics.track({ userId: "seg-2", event: "Signed Up" });
  await analytics.closeAndFlush();
  expect(errors.length).toBe(1);
  expect(edge.serving.engine.status().events).toBe(0);
});

test("@rudderstack/rudder-sdk-node: zipped batches", async () => {
  const edge = await liveEdge(server());
  const rudder = new RudderAnalytics("key-1", { dataPlaneUrl: edge.url, flushAt: 1000, logLevel: "off" } as ConstructorParameters<typeof RudderAnalytics>[1]);
  rudder.identify({ userId: "rud-1", traits: { plan: "team" } });
  rudder.track({ userId: "rud-1", event: "Signed Up" });
  rudder.track({ userId: "rud-1", event: "Order Completed", properties: { revenue: 20 } });
  rudder.page({ userId: "rud-1", name: "Home" });
  rudder.screen({ userId: "rud-1", name: "Settings" });
  rudder.group({ userId: "rud-1", groupId: "g1", traits: { name: "Acme" } });
  rudder.alias({ userId: "rud-1", previousId: "anon-2" });
  rudder.track({ anonymousId: "rud-anon", event: "Signed Up" });
  await new Promise<void>(
    (resolve, reject) => void rudder.flush((error?: unknown) => (error === undefined || error === null ? resolve() : reject(error as Error))),
  );
  await edge.shows("rud-1", { sign_ups: 1, revenue: 20, homes: 1, screens: 1 });
  await edge.shows("rud-anon", { sign_ups: 1 }, "anonymous");
  await expect.poll(() => edge.serving.engine.status().outcomes).toMatchObject({ applied: 8, deadLetter: 0 });
});

test("@jitsu/js: one request an event", async () => {
  const edge = await liveEdge(server());
  const jitsu = jitsuAnalytics({ writeKey: "key-1:secret", host: edge.url, s2s: true });
  await jitsu.identify("jit-1", { plan: "team" });
  await jitsu.track("Signed Up");
  await jitsu.track("Order Completed", { revenue: 7 });
  await jitsu.page({ name: "Home" });
  await jitsu.group("g1", { name: "Acme" });
  await edge.shows("jit-1", { sign_ups: 1, revenue: 7, pages: 1 });
  await expect.poll(() => edge.serving.engine.status().outcomes).toMatchObject({ applied: 5, deadLetter: 0 });
});

test("what a client sends twice counts once, and one without a clock of its own is stamped on arrival", async () => {
  const edge = await liveEdge(server());
  const body = JSON.stringify({
    writeKey: "key-1",
    batch: [{ type: "track", event: "Signed Up", userId: "c-1", messageId: "m-1" }],
    sentAt: new Date().toISOString(),
  });
  const headers = { "content-type": "application/json" };
  for (let i = 0; i < 3; i++) expect((await fetch(`${edge.url}/v1/batch`, { method: "POST", body, headers })).status).toBe(200);
  const contact = await edge.shows("c-1", { sign_ups: 1 });
  expect(Math.abs(Date.now() - Date.parse(String(contact["firstSeen"])))).toBeLessThan(20_000);
  await expect.poll(() => edge.serving.engine.status().outcomes).toMatchObject({ applied: 1, duplicate: 2 });
});

test("a sender whose clock is an hour behind is put right", async () => {
  const edge = await liveEdge(server());
  const sentAt = new Date(Date.now() - 3_600_000).toISOString();
  const event = {
    type: "track",
    event: "Order Completed",
    userId: "c-2",
    timestamp: new Date(Date.parse(sentAt) - 5000).toISOString(),
    properties: { revenue: 1 },
  };
  const body = JSON.stringify({ writeKey: "key-1", batch: [event], sentAt });
  await fetch(`${edge.url}/v1/batch`, { method: "POST", body, headers: { "content-type": "application/json" } });
  const contact = await edge.shows("c-2", { revenue: 1 });
  expect(Math.abs(Date.now() - 5000 - Date.parse(String(contact["lastSeen"])))).toBeLessThan(20_000);
});

test("what a provider reports of an e-mail counts for the contact that it was sent to", async () => {
  const edge = await liveEdge(server());
  const common = { email: "ana@example.com", timestamp: Math.floor(Date.now() / 1000), tidemark_contact: "c-3", tidemark_key: "p/t/c-3/2" };
  const body = JSON.stringify(
    ["delivered", "open", "open", "click"].map((event, i) => ({ ...common, event, sg_event_id: `e${i}`, url: "https://shop.example" })),
  );
  for (let i = 0; i < 2; i++) expect((await fetch(`${edge.url}/v1/map/sendgrid?writeKey=key-1`, { method: "POST", body })).status).toBe(200);
  await edge.shows("c-3", { opens: 2 });
  await expect.poll(() => edge.serving.engine.status().outcomes).toMatchObject({ applied: 4, duplicate: 4 });
});
