// A bad network between the engine and its broker, by a proxy of our own: acknowledgements are lost while everything else comes
// through, answers are late, and connections end in the middle of an output on its way up and of an acknowledgement on its way
// down. Each fault strikes in the middle of publishing; afterwards the engine must get further than it was.

import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { BrokerProxy, type Direction } from "../broker-proxy.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { lastPosition } from "../outputs.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";
import { populationEvents, Supply } from "../supply.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const proxyCheck: Check = {
  name: "proxy",
  about: "acknowledgements alone are lost, answers are late, and connections break in the middle of a message",
  run: proxy,
};

const EVENTS_PER_SECOND = 800;
const LATE_FOR_MS = 1500;
const LATEST_MS = 25;

async function proxy(bench: Bench): Promise<void> {
  const rounds = bench.short ? 1 : 6;
  const server = await bench.server();
  const between = await BrokerProxy.open(bench, server.port);
  const engine = await EngineProcess.start(bench, { url: between.url, packs: KEPT_PACKS });
  await engine.ready();
  const supply = await Supply.open(bench, server.url, populationEvents(31, 20_000));
  const faults = [() => loseAcks(bench, between), () => cut(between, "up"), () => late(bench, between), () => cut(between, "down")];
  await supply.during(EVENTS_PER_SECOND, async () => {
    for (let round = 0; round < rounds; round++) {
      for (const fault of faults) {
        await fault();
        await engine.reaches(await lastPosition(server.url));
      }
    }
  });
  const retries = await engine.metric("tidemark_output_retries_total");
  const told = await mustEndUndisturbed(bench, server.url, engine, await supply.end());
  bench.say(`${between.acksLost} acknowledgements lost, ${between.cuts} connections cut inside a message; the outbox read back ${retries} times; ${told}`);
  must(retries >= rounds, `only ${retries} of ${3 * rounds} faults were noticed by the outbox`);
}

/** Some in a row, of one window or of several. */
async function loseAcks(bench: Bench, between: BrokerProxy): Promise<void> {
  const before = between.acksLost;
  between.acksToLose = bench.random(1, 4);
  await until("a lost acknowledgement", () => between.acksLost > before);
}

async function cut(between: BrokerProxy, direction: Direction): Promise<void> {
  const before = between.cuts;
  between.cutNext(direction);
  await until("a cut", () => between.cuts > before);
}

async function late(bench: Bench, between: BrokerProxy): Promise<void> {
  between.delayMs = () => (bench.random(0, 20) === 0 ? bench.random(0, LATEST_MS) : 0);
  await sleep(LATE_FOR_MS);
  between.delayMs = () => 0;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    must(waited < 30_000, `${what} did not come within 30 s`);
    await sleep(5);
  }
}
