// What is erased of the dead letters of a contact that was forgotten, on a real broker: those of its log, whoever refused them.

import { expect, test } from "vitest";
import { streamErasers } from "../../src/app/erasers.ts";
import { settingsSchema } from "../../src/model/settings.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureDeadLetterStream, JetStreamDeadLetters } from "../../src/nats/dead-letters.ts";
import { useNatsServer } from "../support/nats-server.ts";

const server = useNatsServer();

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
  expect(await erasers.dead([{ kind: "user", id: "ana" }], 50)).toEqual({ erased: 2, left: 0 });
  expect((await broker.jsm.streams.info("TIDEMARK_DEAD")).state).toMatchObject({ messages: 3, first_seq: 3, last_seq: 5 });
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
  const erased = ["eu", "edge"].map((shard) => streamErasers(broker, shard, settings).dead([{ kind: "user", id: "ana" }], 50));
  expect(await Promise.all(erased)).toEqual([
    { erased: 0, left: 0 },
    { erased: 0, left: 0 },
  ]);
  await broker.close();
});
