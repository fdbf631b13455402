// What the log no longer holds. Purged past the engine's position: INPUT_LOST with the number of messages, whether it happened while
// the engine was down or while it could not reach the broker, and both ways on work. Deleted and made again: LOG_CHANGED. Deleted
// from the middle: passed over, and the result is that of the log that is left.

import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnServer } from "../../../src/demo/own-handle.ts";
import { outputSubjects } from "../../../src/model/effect.ts";
import { logSubjects } from "../../../src/model/log.ts";
import type { Bench } from "../bench.ts";
import { BrokerProxy } from "../broker-proxy.ts";
import { type Check, must } from "../check.ts";
import { tidemark } from "../command.ts";
import { type EngineFailure, EngineProcess } from "../engine-process.ts";
import { dumpLog } from "../live-run.ts";
import { lastPosition } from "../outputs.ts";
import { replay } from "../replays.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";
import { backUp, putBack, withManager } from "../store.ts";
import { populationEvents, Supply } from "../supply.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const purgeCheck: Check = {
  name: "purge",
  about: "the log is purged past the engine's position, made again, or loses messages from its middle",
  run: purge,
};

const LOG = logSubjects("0").stream;
const EVENTS = 2000;
const KEPT = 50;

async function purge(bench: Bench): Promise<void> {
  await purgedWhileDown(bench);
  if (!bench.short) await purgedWhileAway(bench);
  await madeAgain(bench);
  await deletedFromWithin(bench);
}

interface Scene {
  readonly server: OwnServer;
  readonly between: BrokerProxy;
  readonly supply: Supply;
  readonly state: string;
  /** Through the proxy. */
  readonly start: () => Promise<EngineProcess>;
}

/** An engine has begun the log and taken some events. */
async function open(bench: Bench, name: string): Promise<Scene & { engine: EngineProcess; last: number }> {
  const server = await bench.server(`nats-${name}`);
  const between = await BrokerProxy.open(bench, server.port);
  const state = bench.file(`${name}-state`);
  const start = (): Promise<EngineProcess> => EngineProcess.start(bench, { url: between.url, packs: KEPT_PACKS, state });
  const engine = await start();
  await engine.ready();
  const supply = await Supply.open(bench, server.url, populationEvents(43, 2000));
  const last = await supply.give(EVENTS);
  await engine.reaches(last);
  return { server, between, supply, state, start, engine, last };
}

async function purgedWhileDown(bench: Bench): Promise<void> {
  const { server, supply, state, start, engine, last } = await open(bench, "down");
  await engine.stop();
  const stopped = await replay(bench, "stopped", { log: await dumpLog(bench, server.url, last) });
  await supply.give(EVENTS);
  await backUp(server, bench.file("whole"));
  const end = await lastPosition(server.url);
  await purgeTo(server, end - KEPT + 1);
  const failure = await (await start()).failure();
  mustBeLost(failure, end - KEPT - last);
  await mustExport(state, stopped.contacts);
  await mustBeginAnew(bench, server);
  await putBack(server, bench.file("whole"), { stream: LOG });
  const again = await start();
  await again.ready();
  bench.say(`purged while down: ${await mustEndUndisturbed(bench, server.url, again, await supply.end(), "with the messages back")}`);
}

/** The engine runs, cannot reach the broker for a while, and finds what it had still to read gone. */
async function purgedWhileAway(bench: Bench): Promise<void> {
  const { server, between, supply, engine, start, last } = await open(bench, "away");
  await engine.sees("tidemark_checkpoint_position", last);
  between.shut();
  const end = await supply.give(EVENTS);
  await purgeTo(server, end + 1);
  between.letThrough();
  mustBeLost(await engine.failure(), end - last);
  mustBeLost(await (await start()).failure(), end - last);
  bench.say(`purged while away: ${end - last} messages, told by the engine that ran and by the next start`);
}

async function madeAgain(bench: Bench): Promise<void> {
  const { server, supply, engine, start, state } = await open(bench, "again");
  const config = await withManager(server.url, async ({ streams }) => {
    const { config } = await streams.info(LOG);
    await streams.delete(LOG);
    await streams.add(config);
    return config;
  });
  must(config.name === LOG, "the stream was made again under another name");
  mustBeChanged(await engine.failure(), "the engine whose stream was made again");
  mustBeChanged(await (await start()).failure(), "the next start");
  renameSync(join(state, "0"), join(state, "0.old"));
  await withManager(server.url, ({ streams }) => streams.delete(outputSubjects("0").stream));
  const anew = await start();
  await anew.ready();
  await supply.give(EVENTS);
  bench.say(`made again: ${await mustEndUndisturbed(bench, server.url, anew, await supply.end(), "started over")}`);
}

/** Unread messages here and there: the log that is left is the log, and begins where it did. */
async function deletedFromWithin(bench: Bench): Promise<void> {
  const { server, between, supply, engine, last } = await open(bench, "within");
  between.shut();
  const end = await supply.give(EVENTS);
  const gone = new Set(Array.from({ length: 40 }, () => bench.random(last + 1, end)));
  await withManager(server.url, async ({ streams }) => {
    for (const position of gone) await streams.deleteMessage(LOG, position);
  });
  between.letThrough();
  await engine.reaches(end);
  const told = await mustEndUndisturbed(bench, server.url, engine, await supply.end(), "without what was deleted");
  bench.say(`deleted from within: ${gone.size} messages; ${told}`);
}

/** `first` is the first position that stays. */
async function purgeTo(server: OwnServer, first: number): Promise<void> {
  await withManager(server.url, ({ streams }) => streams.purge(LOG, { seq: first }));
}

function mustBeLost({ code, exit, message, hint }: EngineFailure, count: number): void {
  must(code === "INPUT_LOST" && exit === 1, `after a purge the engine ended with ${code}, exit ${exit}: ${message}`);
  must(message.includes(`input lost: ${count.toLocaleString("en")} messages purged from ${LOG}`), `not ${count} messages: ${message}`);
  must(hint.startsWith("Either put the missing messages back") && hint.includes("--shard"), `no two ways on: ${hint}`);
}

function mustBeChanged({ code, exit, message }: EngineFailure, who: string): void {
  must(code === "LOG_CHANGED" && exit === 1 && message.includes("was created at"), `${who} ended with ${code}, exit ${exit}: ${message}`);
}

/** What the manual promises of the state folder: the contacts as they were, although the log is gone. */
async function mustExport(state: string, contacts: string): Promise<void> {
  const { code, stdout, stderr } = await tidemark(["inspect", join(state, "0"), "--export"]);
  must(code === 0, `inspect --export: exit ${code}: ${stderr}`);
  const sorted = (text: string): string => text.trim().split("\n").sort().join("\n");
  must(sorted(stdout) === sorted(readFileSync(contacts, "utf8")), "inspect --export does not give the contacts that the lost log had made");
}

/** The second way on: a log of its own, beside the one that is not whole any more. */
async function mustBeginAnew(bench: Bench, server: OwnServer): Promise<void> {
  const engine = await EngineProcess.start(bench, { url: server.url, packs: KEPT_PACKS, state: bench.file("anew"), env: { TIDEMARK_SHARD: "anew" } });
  await engine.ready();
  await sleep(100);
  must((await engine.stop()).position > 0, "a new shard did not begin its log");
}
