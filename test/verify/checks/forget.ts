// A contact is forgotten, and its ids are looked for as bytes: in every file of the state folder, in every file of the broker's store, and in
// what the engine answers. The engine is killed between the request and what comes of it, then in the middle of the erasing of each stream, and again
// afterwards. What is left of the log is the same to everybody else: before anything is erased from it the state is that of an undisturbed run.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnServer } from "../../../src/demo/own-handle.ts";
import { isoTime } from "../../../src/model/ids.ts";
import { logSubjects } from "../../../src/model/log.ts";
import type { ErasedByStream } from "../../../src/model/privacy.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { tidemarkJson } from "../command.ts";
import { EngineProcess } from "../engine-process.ts";
import { feed, packFile } from "../live-run.ts";
import { lastPosition, publishRaw } from "../outputs.ts";
import { withManager } from "../store.ts";
import { mustBeUndisturbed } from "../undisturbed.ts";

export const forgetCheck: Check = {
  name: "forget",
  about: "a contact is forgotten with kills in between: no byte of its ids stays in state, streams and answers",
  run: forget,
};

const PERSON = "forget-this-person";
const DEVICE = "forget-this-device";
const MAIL = "forget-this@mail.example";
const SHARED = "shares-a-message";
const OTHERS = 400;
const START_MS = Date.parse("2026-03-01T00:00:00Z");

async function forget(bench: Bench): Promise<void> {
  const server = await bench.server();
  const start = (failpoint = "") =>
    EngineProcess.start(bench, {
      url: server.url,
      packs: [packFile("forget.yaml")],
      env: { TIDEMARK_HTTP_TIMEOUT_MS: "30000", TIDEMARK_IDENTITY_TIES: "all", TIDEMARK_FAILPOINT: failpoint },
    });
  let engine = await start();
  await engine.ready();
  await feedAll(bench, server, engine);
  const before = filesWith(bench, server);
  for (const part of ["state", "TIDEMARK_LOG_0", "TIDEMARK_OUT_0", "TIDEMARK_DEAD"])
    must(
      before.some((file) => file.includes(part)),
      `nothing was to be forgotten in ${part}: the ids were found in ${before.join(", ")}`,
    );

  const request = await killedOnTheWay(server, engine);
  engine = await start();
  await engine.ready();
  await isDone(engine, request);
  must(
    filesWith(bench, server).every((file) => !file.startsWith("state")),
    `the ids are left in ${filesWith(bench, server).join(", ")}`,
  );
  const told = await mustBeUndisturbed(bench, server.url, await engine.stop());
  bench.say(`killed between the request and its end, then done: nothing in the state folder; ${told}`);

  const erasing = await killedWhileErasing(server, start);
  engine = await start();
  await engine.ready();
  const erased = await isDone(engine, erasing);
  must(
    (["log", "output", "dead"] as const).every((what) => (erased[what]?.erased ?? 0) > 0),
    `not all streams say what was erased: ${JSON.stringify(erased)}`,
  );
  must(erased.log?.unread === 1 && erased.dead?.unread === 1, `what cannot be read is not said: ${JSON.stringify(erased)}`);
  bench.say(`killed in the middle of each stream's erasing, and gone on with by the next start: ${JSON.stringify(erased)}`);
  await erase(engine, `${DEVICE}?kind=anonymous`);
  must(filesWith(bench, server).length === 0, `after the erasing the ids are left in ${filesWith(bench, server).join(", ")}`);
  for (const path of ["/v1/stages", "/metrics", `/v1/forget/${request}`])
    must(!(await engine.ask("GET", path)).text.includes("forget-this"), `${path} names the contact`);
  must((await engine.ask("GET", `/v1/contacts/${PERSON}`)).status === 404, "the contact is still answered");
  const held = await tidemarkJson(["export", SHARED, "--http", engine.http]);
  must(JSON.stringify(held).includes(SHARED), "the export of a contact does not have it");
  const shared = await tidemarkJson(["forget", SHARED, "--erase", "log,output,dead", "--wait", "--http", engine.http]);
  const { log } = shared["erased"] as ErasedByStream;
  must(shared["state"] === "done" && log?.left === 1, `a message that two share: ${JSON.stringify(shared)}`);

  await engine.kill();
  engine = await start();
  await engine.ready();
  await comesAnew(bench, server, engine);
  await engine.stop();
  bench.say(`${before.length} files had the ids, none has them; a kill and a start later the contact came anew, and what it did before stays forgotten`);
}

const event = (hour: number, more: object) => ({
  type: "track",
  event: "Seen",
  timestamp: isoTime(START_MS + hour * 3_600_000),
  messageId: `m${hour}-${JSON.stringify(more).length}`,
  ...more,
});

/** Others' lives, and between them the contact's: by its device, by its name, as a dead letter, and, of another, in a message that two share. */
async function feedAll(bench: Bench, server: OwnServer, engine: EngineProcess): Promise<void> {
  const lines: object[] = Array.from({ length: OTHERS }, (_, index) => event(index / 4, { userId: `other-${index % 50}`, messageId: `o${index}` }));
  lines.splice(40, 0, event(10, { anonymousId: DEVICE }), event(10.1, { anonymousId: DEVICE, event: "Bought", properties: { revenue: 10, order: 1 } }));
  lines.splice(60, 0, event(15, { type: "identify", anonymousId: DEVICE, userId: PERSON, traits: { email: MAIL } }));
  lines.splice(200, 0, event(50, { userId: PERSON }), event(50.1, { anonymousId: DEVICE }), event(50.2, { userId: SHARED }));
  const file = bench.file("events.ndjson");
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await feed(server.url, file);
  await publishRaw(server.url, JSON.stringify({ ...event(51, { userId: PERSON }), timestamp: "1812-01-01T00:00:00Z" }));
  await publishRaw(server.url, `{"userId":"${PERSON}", broken`);
  await publishRaw(server.url, "{ broken, and nobody's");
  await publishRaw(server.url, JSON.stringify([event(90, { userId: SHARED, messageId: "s1" }), event(90, { userId: "other-1", messageId: "s2" })]));
  const writtenBy = await lastPosition(server.url);
  await engine.reaches(writtenBy);
  // Both generations that are kept are of after that.
  await engine.sees("tidemark_checkpoint_position", writtenBy);
  await publishRaw(server.url, JSON.stringify(event(91, { userId: "other-2", messageId: "later" })));
  await engine.sees("tidemark_checkpoint_position", writtenBy + 1);
}

/**
 * Asks once, and has the engine die before it erases the second message of the log; then the next one of the output, and the next of the dead
 * letters, by nothing but being started again. The name of the request.
 */
async function killedWhileErasing(server: OwnServer, start: (failpoint: string) => Promise<EngineProcess>): Promise<string> {
  let engine = await start("erase_log.before:2");
  await engine.ready();
  const asked = engine.ask("DELETE", `/v1/contacts/${PERSON}?erase=log,output,dead`).catch(() => undefined);
  await diesInErasing(engine);
  await asked;
  const { request } = await recordIn(server);
  for (const point of ["erase_output.before:2", "erase_dead.before:2"]) {
    engine = await start(point);
    await diesInErasing(engine);
  }
  return request;
}

async function diesInErasing(engine: EngineProcess): Promise<void> {
  const signal = await Promise.race([engine.diedOf(), sleep(DIES_WITHIN_MS, "nothing", { ref: false })]);
  must(signal === "SIGKILL", `the engine did not die in the middle of the erasing, but of ${signal}`);
}

const DIES_WITHIN_MS = 60_000;

/** Asks, and kills the engine as soon as the record stands in the log; the name of the request. */
async function killedOnTheWay(server: OwnServer, engine: EngineProcess): Promise<string> {
  const asked = engine.ask("DELETE", `/v1/contacts/${DEVICE}?kind=anonymous`).catch(() => undefined);
  const record = await recordIn(server);
  await engine.kill();
  await asked;
  return record.request;
}

async function recordIn(server: OwnServer): Promise<{ readonly request: string }> {
  const { stream, forget: subject } = logSubjects("0");
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await sleep(1)) {
    const found = await withManager(server.url, (manager) => manager.streams.getMessage(stream, { last_by_subj: subject })).catch(() => null);
    if (found === null) continue;
    const text = Buffer.from(found.data).toString();
    must(!text.includes("forget-this"), `the record names the contact: ${text}`);
    return JSON.parse(text) as { request: string };
  }
  throw new Error("no record of the request came into the log");
}

async function isDone(engine: EngineProcess, request: string): Promise<ErasedByStream> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await sleep(50)) {
    const { status, text } = await engine.ask("GET", `/v1/forget/${request}`);
    if (status === 200) return (JSON.parse(text) as { erased?: ErasedByStream }).erased ?? {};
    must(status === 202, `GET /v1/forget/${request}: ${status}`);
  }
  throw new Error("the request was not done within a minute");
}

async function erase(engine: EngineProcess, path: string): Promise<void> {
  const { status, text } = await engine.ask("DELETE", `/v1/contacts/${path}${path.includes("?") ? "&" : "?"}erase=log,output,dead`);
  must(status === 200, `DELETE ${path}: ${status} ${text}`);
}

async function comesAnew(bench: Bench, server: OwnServer, engine: EngineProcess): Promise<void> {
  const forgotten = await engine.metric('tidemark_input_events_total{outcome="forgotten"}').catch(() => 0);
  await publishRaw(server.url, JSON.stringify(event(50, { userId: PERSON, messageId: "late" })));
  await publishRaw(server.url, JSON.stringify(event(200, { userId: PERSON, messageId: "anew" })));
  await engine.reaches(await lastPosition(server.url));
  const { text } = await engine.ask("GET", `/v1/contacts/${PERSON}`);
  const { packs } = JSON.parse(text) as { packs: { forget: { measures: { visits: number } } } };
  must(packs.forget.measures.visits === 1, `the contact came back with ${packs.forget.measures.visits} visits (${forgotten} forgotten before)`);
  bench.say("an event from before the request was forgotten, one from after it began a new contact");
}

/** Files that have one of the ids in them, of the engine's state and the broker's streams. */
function filesWith(bench: Bench, server: OwnServer): string[] {
  const found: string[] = [];
  for (const root of [bench.file("state"), join(server.folder, "jetstream")])
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      if ([PERSON, DEVICE, MAIL].some((id) => readFileSync(path).includes(id))) found.push(relative(bench.folder, path));
    }
  return found;
}
