// kill -9 of nats-server, again and again under one engine that is never stopped: half of the times while a window of effects is
// on its way, half while a checkpoint is being written. The engine goes on each time, and what is published in the end is what
// an undisturbed run of the same log gives.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnServer } from "../../../src/demo/own-handle.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { type Published, subscribe } from "../outputs.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";
import { populationEvents, Supply } from "../supply.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const brokerKillsCheck: Check = {
  name: "broker-kills",
  about: "kill -9 of nats-server 26 times under one engine, while effects are on their way and while a checkpoint is written",
  run: brokerKills,
};

const EVENTS_PER_SECOND = 1500;
const COMES_WITHIN_MS = 120_000;

async function brokerKills(bench: Bench): Promise<void> {
  const kills = bench.short ? 4 : 26;
  const server = await bench.server();
  const engine = await EngineProcess.start(bench, { url: server.url, packs: KEPT_PACKS });
  await engine.ready();
  const supply = await Supply.open(bench, server.url, populationEvents(23, 20_000));
  const published = await subscribe(bench, server.url);
  await supply.during(EVENTS_PER_SECOND, async () => {
    for (let kill = 0; kill < kills; kill++) {
      await (kill % 2 === 0 ? untilPublishing(published) : untilCheckpoint(bench));
      await sleep(bench.random(0, 15));
      await killBroker(server, engine);
    }
  });
  const retries = await engine.metric("tidemark_output_retries_total");
  const told = await mustEndUndisturbed(bench, server.url, engine, await supply.end());
  bench.say(`${kills} kills of nats-server, ${kills / 2} of them during a checkpoint; the outbox read back ${retries} times; ${told}`);
  must(retries > 0, "no kill met an effect on its way");
}

/** The server dies and comes back on its store; done when the engine has got further than it was. */
async function killBroker(server: OwnServer, engine: EngineProcess): Promise<void> {
  const before = await engine.metric("tidemark_log_taken_position");
  server.kill("SIGKILL");
  await server.restart();
  await engine.reaches(before + 1);
}

/** The next effect that comes by: others of its window are behind it. */
async function untilPublishing(published: readonly Published[]): Promise<void> {
  const before = published.length;
  await until("an effect", () => published.length > before);
}

/** A generation without its manifest is one that is being written. */
async function untilCheckpoint(bench: Bench): Promise<void> {
  const folder = join(bench.file("state"), "0");
  await until("a checkpoint", () =>
    readdirSync(folder).some((name) => name.startsWith("checkpoint-") && !readdirSync(join(folder, name)).includes("manifest.json")),
  );
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + COMES_WITHIN_MS;
  while (!holdsNow(holds)) {
    must(performance.now() < deadline, `${what} did not come within ${COMES_WITHIN_MS / 1000} s`);
    await sleep(2);
  }
}

/** A folder may go while it is looked at. */
function holdsNow(holds: () => boolean): boolean {
  try {
    return holds();
  } catch {
    return false;
  }
}
