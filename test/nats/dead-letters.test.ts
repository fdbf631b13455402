import { expect, onTestFinished, test } from "vitest";
import type { DeadLetter } from "../../src/model/output.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { DEAD_HEADERS, ensureDeadLetterStream, JetStreamDeadLetters } from "../../src/nats/dead-letters.ts";
import { startTestServer } from "../support/nats-server.ts";

async function opened() {
  const own = await startTestServer();
  const broker = await connectBroker({ url: own.url, name: "test" });
  await ensureDeadLetterStream(broker);
  const dead = new JetStreamDeadLetters(broker);
  onTestFinished(async () => {
    dead.close();
    await broker.close();
  });
  return { own, broker, dead };
}

const letter = (id: string, body: Uint8Array, error = "it is broken"): DeadLetter => ({
  id,
  reason: "broken_json",
  error,
  subject: "tidemark.events.web",
  body,
});

test("a letter keeps its bytes, its reason as its subject, and the rest in headers", async () => {
  const { broker, dead } = await opened();
  await dead.put([letter("0-17-0", Uint8Array.of(0, 255, 10), "line one\r\nInjected: yes\ncafé")]);
  const stored = await broker.jsm.streams.getMessage("TIDEMARK_DEAD", { seq: 1 });
  expect([stored?.subject, [...(stored?.data ?? [])]]).toEqual(["tidemark.dead.broken_json", [0, 255, 10]]);
  const header = (name: string) => stored?.header.get(name);
  expect([header(DEAD_HEADERS.id), header(DEAD_HEADERS.error), header(DEAD_HEADERS.subject)]).toEqual([
    "0-17-0",
    "line one Injected: yes café",
    "tidemark.events.web",
  ]);
  expect(header("Injected")).toBe("");
});

test("a letter as large as the broker takes is stored with its end cut off, and says how long it was", async () => {
  const { broker, dead } = await opened();
  const body = new Uint8Array(broker.nc.info?.max_payload ?? 0).fill(65);
  await dead.put([letter("0-1-0", body, "é".repeat(5_000))]);
  const stored = await broker.jsm.streams.getMessage("TIDEMARK_DEAD", { seq: 1 });
  expect(stored?.header.get(DEAD_HEADERS.truncatedFrom)).toBe(String(body.length));
  expect(stored?.data.length).toBeGreaterThan(body.length - 8_192);
});

test("thousands at once are all stored, also when the server is killed meanwhile", async () => {
  const { own, broker, dead } = await opened();
  const letters = Array.from({ length: 5_000 }, (_, i) => letter(`0-${i}-0`, Uint8Array.of(1)));
  const putting = dead.put(letters);
  own.kill("SIGKILL");
  await own.restart();
  await putting;
  expect((await broker.jsm.streams.info("TIDEMARK_DEAD")).state.messages).toBeGreaterThanOrEqual(5_000);
}, 40_000);

test("without its stream, letters fail with an error that names it", async () => {
  const { broker, dead } = await opened();
  await broker.jsm.streams.delete("TIDEMARK_DEAD");
  await expect(dead.put([letter("0-1-0", new Uint8Array())])).rejects.toMatchObject({
    code: "DEAD_LETTER_FAILED",
    message: "the dead letter 0-1-0 cannot be stored: the stream TIDEMARK_DEAD does not exist",
  });
});
