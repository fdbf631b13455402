import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureDeadLetterStream } from "../../src/nats/dead-letters.ts";
import { eraseFrom, scanNewest } from "../../src/nats/erase.ts";
import { startTestServer } from "../support/nats-server.ts";

const STREAM = "TIDEMARK_DEAD";

async function withMessages(texts: readonly string[]) {
  const own = await startTestServer();
  const broker = await connectBroker({ url: own.url, name: "test" });
  onTestFinished(() => broker.close());
  await ensureDeadLetterStream(broker);
  for (const text of texts) await broker.js.publish("tidemark.dead.no_id", text);
  return { own, broker };
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

const textOf = (data: Uint8Array) => Buffer.from(data).toString();

test("what is erased is gone from the stream and from the server's files, and the rest is as it was", async () => {
  const { own, broker } = await withMessages(["ada-one", "bob", "ada-two and bob", "ada-three", "last ada"]);
  const erased = await eraseFrom(broker, STREAM, ({ data }) => (textOf(data).startsWith("ada") ? (textOf(data).includes("bob") ? "too" : "only") : "none"));
  expect(erased).toEqual({ erased: 2, left: 1 });
  const left: string[] = [];
  expect(await scanNewest(broker, STREAM, 10, ({ data }) => left.push(textOf(data)))).toEqual({ first: 2, from: 2, to: 5 });
  expect(left).toEqual(["bob", "ada-two and bob", "last ada"]);
  const bytes = Buffer.concat(filesUnder(own.folder).map((path) => readFileSync(path)));
  expect([bytes.includes("ada-one"), bytes.includes("ada-three"), bytes.includes("ada-two")]).toEqual([false, false, true]);
});

test("the last message can go like any other: the stream's numbers go on; a stream without messages has nothing to erase", async () => {
  const { broker } = await withMessages(["ada"]);
  expect(await eraseFrom(broker, STREAM, () => "only")).toEqual({ erased: 1, left: 0 });
  expect((await broker.js.publish("tidemark.dead.no_id", "next")).seq).toBe(2);
  expect(await eraseFrom(broker, "NO_SUCH_STREAM", () => "only")).toEqual({ erased: 0, left: 0 });
});
