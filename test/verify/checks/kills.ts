// kill -9 of the engine at random moments while events come in, and of nats-server once: what is published in the end is what
// an undisturbed run of the same log gives, each effect once, and the state is the same.

import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { TimedMessage } from "../../../bench/data/segment-lines.ts";
import type { OwnServer } from "../../../src/demo/own-handle.ts";
import { DEMO_START_MS, population } from "../../../src/demo/population.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { feed } from "../live-run.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const killsCheck: Check = {
  name: "kills",
  about: "kill -9 of the engine at random moments and of nats-server once",
  run: kills,
};

async function kills(bench: Bench): Promise<void> {
  const rounds = bench.short ? 2 : 10;
  const messages = [...population({ seed: 7, contacts: bench.short ? 400 : 2000, days: 182, startMs: DEMO_START_MS, garbage: true })];
  const server = await bench.server();
  const start = (): Promise<EngineProcess> => EngineProcess.start(bench, { url: server.url, packs: KEPT_PACKS });
  let engine = await start();
  await engine.ready();
  for (let round = 0; round < rounds; round++) {
    const feeding = feed(server.url, slice(bench, messages, round, rounds), { perMessage: 1 + (round % 3) * 7 });
    await Promise.all([feeding, disturb(bench, engine, round === 1 ? server : undefined)]);
    engine = await start();
  }
  const last = await feed(server.url, slice(bench, [], 0, 1), { until: new Date(DEMO_START_MS + 300 * 86_400_000).toISOString() });
  const told = await mustEndUndisturbed(bench, server.url, engine, last);
  bench.say(`${rounds} kills of the engine, 1 of nats-server; ${told}`);
}

/** Kills the engine at a random moment, and before that nats-server, where one is given; it comes back on the same store. */
async function disturb(bench: Bench, engine: EngineProcess, server: OwnServer | undefined): Promise<void> {
  if (server !== undefined) {
    await sleep(bench.random(50, 800));
    server.kill("SIGKILL");
    await server.restart();
  }
  await sleep(bench.random(20, 2500));
  must(!engine.over, "the engine ended by itself before it was killed");
  await engine.kill();
}

function slice(bench: Bench, messages: readonly TimedMessage[], round: number, rounds: number): string {
  const file = bench.file(`slice-${round}.ndjson`);
  const size = Math.ceil(messages.length / rounds);
  const lines = messages.slice(round * size, (round + 1) * size).filter(({ json }) => isObject(json));
  writeFileSync(file, lines.map(({ json }) => `${json}\n`).join(""));
  return file;
}

/** `feed` takes objects only; broken lines of the population are for other roads into the log. */
function isObject(json: string): boolean {
  try {
    return typeof JSON.parse(json) === "object";
  } catch {
    return false;
  }
}
