// What is erased of the dead letters of a contact that was forgotten, on a real broker: those of its log, whoever refused them.

import { headers as natsHeaders } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { streamErasers } from "../../src/app/erasers.ts";
import { soughtByName } from "../../src/flow/mentions.ts";
import { cloudEventHeaders } from "../../src/model/cloud-event.ts";
import { settingsSchema } from "../../src/model/settings.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureDeadLetterStream, JetStreamDeadLetters } from "../../src/nats/dead-letters.ts";
import { ensureLogStream } from "../../src/nats/jetstream-log.ts";
import { useNatsServer } from "../support/nats-server.ts";

const server = useNatsServer();
const ANA = soughtByName([{ kind: "user", id: "ana" }]);

test("dead letters of a contact go, those of the engine and those of the edge, and nobody else's", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  await ensureDeadLetterStream(broker);
  const body = (userId: string) => Buffer.from(JSON.stringify({ type: "track", event: "", userId }));
  const letter = (id: string, shard: string, userId: string) =>
    ({ id, reason: "not_an_event", error: "", subject: `tidemark.log.${shard}.event.web`, body: body(userId) }) as const;
  await new JetStreamDeadLetters(broker).put([
    letter("0-7-0", "0", "ana"),
    letter("edge-1-0", "0", "ana"),
    letter("edge-1-1", "0", "ben"),
    letter("edge-2-0", "eu", "ana"),
    letter("0-90-0", "0", "ana"),
  ]);
  const erasers = streamErasers(broker, "0", settingsSchema.parse({ created: "2026-01-01T00:00:00Z" }));
  expect(await erasers.dead(ANA, { position: 50, storedMs: Date.now() })).toEqual({ erased: 2, left: 0 });
  expect((await broker.jsm.streams.info("TIDEMARK_DEAD")).state).toMatchObject({ messages: 3, first_seq: 3, last_seq: 5 });
  await broker.close();
});

test("an event goes from the log that only the headers of a CloudEvent say is the contact's", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  await ensureLogStream(broker, "ce", { publicAlias: false });
  for (const subject of ["ana", "ben"]) {
    const sent = natsHeaders();
    for (const [name, value] of Object.entries(cloudEventHeaders({ id: "1", subject }))) sent.set(name, value);
    await broker.js.publish("tidemark.log.ce.event.web", '{"type":"page"}', { headers: sent });
  }
  const erasers = streamErasers(broker, "ce", settingsSchema.parse({ created: "2026-01-01T00:00:00Z" }));
  expect(await erasers.log(ANA, { position: 50, storedMs: Date.now() })).toEqual({ erased: 1, left: 0 });
  expect((await broker.jsm.streams.info("TIDEMARK_LOG_ce")).state).toMatchObject({ messages: 1, first_seq: 2 });
  await broker.close();
});

test("a shard whose name begins as another's, or as an edge's letters do, loses none of its letters to them", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  await broker.jsm.streams.purge("TIDEMARK_DEAD");
  const body = Buffer.from(JSON.stringify({ type: "track", event: "", userId: "ana" }));
  const of = (shard: string) => ({ reason: "not_an_event", error: "", subject: `tidemark.log.${shard}.event.web`, body }) as const;
  await new JetStreamDeadLetters(broker).put([
    { id: "eu-7-9-0", ...of("eu-7") },
    { id: "edge-90-0", ...of("edge") },
  ]);
  const settings = settingsSchema.parse({ created: "2026-01-01T00:00:00Z" });
  const erased = ["eu", "edge"].map((shard) => streamErasers(broker, shard, settings).dead(ANA, { position: 50, storedMs: Date.now() }));
  expect(await Promise.all(erased)).toEqual([
    { erased: 0, left: 0 },
    { erased: 0, left: 0 },
  ]);
  await broker.close();
});

test("what an edge refused after the request is not erased with it, and letters that cannot be read are counted where the id is not known", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  await broker.jsm.streams.purge("TIDEMARK_DEAD");
  const letter = (id: string, body: string) =>
    ({ id, reason: "broken_json", error: "", subject: "tidemark.log.0.event.web", body: Buffer.from(body) }) as const;
  await new JetStreamDeadLetters(broker).put([
    letter("edge-1-0", '{"userId":"ana"'),
    letter("0-7-0", "ana;Order;12"),
    letter("0-8-0", '{"userId":"ben", broken'),
    letter("0-9-0", '{"userId":"ben"}'),
  ]);
  const { dead } = streamErasers(broker, "0", settingsSchema.parse({ created: "2026-01-01T00:00:00Z" }));
  const byHash = { contacts: ANA.contacts };
  expect(await dead(byHash, { position: 50, storedMs: Date.now() - 60_000 })).toEqual({ erased: 1, left: 0, unread: 1 });
  expect(await dead(byHash, { position: 50, storedMs: Date.now() + 60_000 })).toEqual({ erased: 1, left: 0, unread: 1 });
  await broker.close();
});
