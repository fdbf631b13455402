import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sendAll } from "../../src/cli/dead.ts";
import { logSubjects } from "../../src/model/log.ts";
import type { DeadLetter } from "../../src/model/output.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { readDeadBox } from "../../src/nats/dead-box.ts";
import { ensureDeadLetterStream, JetStreamDeadLetters } from "../../src/nats/dead-letters.ts";
import { ensureLogStream } from "../../src/nats/jetstream-log.ts";
import { startTestServer } from "../support/nats-server.ts";
import { lines, run } from "./command-line.ts";

const SUBJECT = `${logSubjects("0").event}.web`;
const letter = (id: string, more: Partial<DeadLetter> = {}): DeadLetter => ({
  id,
  reason: "bad_time",
  error: "a time that is neither ISO 8601 nor epoch milliseconds",
  subject: SUBJECT,
  body: Buffer.from(JSON.stringify({ type: "page", userId: "c", messageId: id })),
  ...more,
});

async function opened(letters: readonly DeadLetter[]) {
  const server = await startTestServer();
  const broker = await connectBroker({ url: server.url, name: "test" });
  onTestFinished(() => broker.close());
  await ensureLogStream(broker, "0", { publicAlias: true });
  await ensureDeadLetterStream(broker);
  const dead = new JetStreamDeadLetters(broker);
  await dead.put(letters);
  dead.close();
  const at = `--nats ${server.url}`;
  const stored = async () => lines((await run(`log dump ${at}`)).out).map((line) => JSON.parse(line) as { subject: string; data: string; headers: unknown });
  return { server, at, stored };
}

test("ls counts by reason, one that was stored twice once; --reason lists the newest", async () => {
  const { at } = await opened([letter("0-1-0"), letter("0-2-0", { reason: "no_id" }), letter("0-3-0"), letter("0-1-0")]);
  expect((await run(`dead ls ${at}`)).out).toMatch(/^reason +letters +sent again +newest\nbad_time +2 .*\nno_id +1 .*\n$/);
  expect(JSON.parse((await run(`dead ls ${at} --json`)).out).reasons).toMatchObject([
    { reason: "bad_time", letters: 2, requeued: 0 },
    { reason: "no_id", letters: 1, requeued: 0 },
  ]);
  const listed = JSON.parse((await run(`dead ls --reason no_id ${at} --json`)).out);
  expect(listed.letters).toMatchObject([{ id: "0-2-0", subject: SUBJECT, requeued: false }]);
});

test("without letters, or without their stream, ls says so", async () => {
  const server = await startTestServer();
  expect(await run(`dead ls --nats ${server.url}`)).toMatchObject({ exit: 0, out: "no dead letters\n" });
});

test("show prints one with its bytes; what is no text in base64; one that is not there is an error", async () => {
  const { at } = await opened([letter("0-1-0"), letter("0-2-0", { reason: "broken_json", body: Uint8Array.of(0xff, 0x00) })]);
  const { out } = await run(`dead show 0-1-0 ${at}`);
  expect(out).toContain("error:       a time that is neither");
  expect(out).toContain('{"type":"page","userId":"c","messageId":"0-1-0"}');
  expect(JSON.parse((await run(`dead show 0-2-0 ${at} --json`)).out)).toMatchObject({ id: "0-2-0", reason: "broken_json", bytes: 2, base64: "/wA=" });
  const missing = await run(`dead show 0-9-0 ${at}`);
  expect([missing.exit, missing.err]).toEqual([1, expect.stringContaining("NO_SUCH_LETTER: there is no dead letter 0-9-0")]);
});

test("requeue sends the bytes where they came from, and each letter once, however often it is asked", async () => {
  const { at, stored } = await opened([letter("0-1-0"), letter("0-2-0", { reason: "no_id" }), letter("0-3-0", { contentType: "application/x-ndjson" })]);
  expect((await run(`dead requeue --reason bad_time --dry-run ${at}`)).out).toBe("would send 2 letters to the log again\n");
  expect(await stored()).toEqual([]);
  expect((await run(`dead requeue --reason bad_time ${at}`)).out).toBe("sent 2 letters to the log again\n");
  expect((await stored()).map(({ subject, data }) => [subject, JSON.parse(Buffer.from(data, "base64").toString()).messageId])).toEqual([
    [SUBJECT, "0-1-0"],
    [SUBJECT, "0-3-0"],
  ]);
  expect((await stored())[1]?.headers).toEqual({ "Content-Type": "application/x-ndjson" });
  expect((await run(`dead requeue --all ${at}`)).out).toBe("sent 1 letter to the log again; left alone: 2 sent again before\n");
  expect((await run(`dead requeue 0-1-0 ${at} --json`)).out).toBe('{"dryRun":false,"sent":[],"alreadySent":1,"cutOff":0,"notEvents":0}\n');
  expect((await stored()).length).toBe(3);
  expect((await run(`dead ls ${at} --json`)).out).toContain('"requeued":2');
});

test("a letter can be mended on the way; what was cut off or is a control record stays where it is", async () => {
  const control = letter("0-4-0", { reason: "unknown_record", subject: logSubjects("0").settings });
  const { at, stored } = await opened([letter("0-1-0", { body: new Uint8Array(2_000_000).fill(0x20) }), letter("0-2-0"), control]);
  expect((await run(`dead requeue --all --dry-run ${at}`)).out).toBe(
    "would send 1 letter to the log again; left alone: 1 cut off, 1 no events but control records\n",
  );
  const file = join(mkdtempSync(join(tmpdir(), "tidemark-dead-")), "mended.json");
  writeFileSync(file, '{"type":"page","userId":"mended"}');
  await run("", { more: ["dead", "requeue", "0-1-0", "--mended", file, ...at.split(" ")] });
  expect((await stored()).map(({ data }) => Buffer.from(data, "base64").toString())).toEqual(['{"type":"page","userId":"mended"}']);
});

test("what a worker refused, which knows of its log alone, is sent among that log's events", async () => {
  const { at, stored } = await opened([letter("0-1-0", { reason: "too_large", subject: logSubjects("0").event })]);
  expect((await run(`dead requeue --all ${at}`)).out).toBe("sent 1 letter to the log again\n");
  expect((await stored()).map(({ subject }) => subject)).toEqual(["tidemark.log.0.event.requeued"]);
});

test("asked to stop, it sends nothing more and says what it has sent", async () => {
  const { server, stored } = await opened([letter("0-1-0"), letter("0-2-0")]);
  const broker = await connectBroker({ url: server.url, name: "test" });
  onTestFinished(() => broker.close());
  const { letters } = await readDeadBox(broker);
  const stop = new AbortController();
  const sending = sendAll(broker, letters, undefined, stop.signal);
  stop.abort();
  expect((await sending).map(({ id }) => id)).toEqual(["0-1-0"]);
  expect(await stored()).toHaveLength(1);
  expect([...(await readDeadBox(broker)).requeued]).toEqual(["0-1-0"]);
});

test.each([
  ["", "say which letters: ids, --reason or --all"],
  ["0-1-0 --all", "say which letters: ids, --reason or --all"],
  ["--all --mended x", "--mended is for one id"],
])("requeue %s is a misuse", async (words, message) => {
  expect(await run(`dead requeue ${words}`)).toMatchObject({ exit: 2, err: expect.stringContaining(message) });
});
