// The loop closed, with a pack that ships: a trigger goes out, a provider reports what became of the mail, and the outcome says so.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { useNatsServer } from "../support/nats-server.ts";
import { packFrom } from "../support/pack.ts";
import { type LiveEdge, liveEdge } from "./live-edge.ts";

const server = useNatsServer();
const PACK = packFrom(readFileSync(new URL("../../rules/attract-sell-wow.yaml", import.meta.url), "utf8"));

async function post(edge: LiveEdge, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${edge.url}${path}?writeKey=key-1`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  expect(await response.json()).toMatchObject({ success: true });
}

/** The key of the welcome that goes out to somebody who leaves a name. */
async function welcomed(edge: LiveEdge, id: string): Promise<string> {
  await post(edge, "/v1/batch", { batch: [{ type: "track", event: "Form Submitted", userId: id }] });
  const keyOf = async () => (await edge.published("trigger")).find(({ key }) => String(key).startsWith(`attract-sell-wow/lead_welcome/${id}/`))?.["key"];
  await expect.poll(keyOf, { timeout: 15_000 }).toBeDefined();
  return String(await keyOf());
}

const sendgrid = (contact: string, key: string, id: string) => [
  { event: "click", email: "a@example.com", timestamp: Math.floor(Date.now() / 1000), sg_event_id: id, tidemark_contact: contact, tidemark_key: key },
];
const postmark = (contact: string, key: string, id: string) => ({
  ...{ RecordType: "Click", MessageID: id, ReceivedAt: new Date().toISOString(), OriginalLink: "https://shop.example", Recipient: "a@example.com" },
  Metadata: { tidemark_contact: contact, tidemark_key: key },
});

test.each([
  ["sendgrid", sendgrid],
  ["postmark", postmark],
])("%s: a click on that very mail reaches the goal of its trigger, one on another mail does not", async (provider, click) => {
  const edge = await liveEdge(server(), {}, [PACK]);
  const key = await welcomed(edge, "c-1");
  await post(edge, `/v1/map/${provider}`, click("c-1", key.replace("lead_welcome", "lead_offer"), "one"));
  await expect.poll(() => edge.serving.engine.status().outcomes).toMatchObject({ applied: 2, deadLetter: 0 });
  expect(await edge.published("outcome")).toEqual([]);
  await post(edge, `/v1/map/${provider}`, click("c-1", key, "two"));
  await expect
    .poll(() => edge.published("outcome"), { timeout: 15_000 })
    .toMatchObject([{ key, outcome: "reached", answered: true, goal: { event: "clicked", answered: true }, because: { event: "clicked" } }]);
  await expect
    .poll(() => edge.published("trigger"), { timeout: 15_000 })
    .toMatchObject([{ key }, { key, action: { cancel: true }, because: { ended: "goal" } }]);
});
