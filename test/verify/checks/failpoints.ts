// kill -9 of the engine at every named moment of its dealings with the log, the output stream and the disk: after each it is
// started again, and what is published in the end is what an undisturbed run of the same log gives, each effect once.

import { appendFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { FAILPOINTS, type Failpoint } from "../../../src/app/failpoints.ts";
import { DEMO_START_MS, population } from "../../../src/demo/population.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { feed } from "../live-run.ts";
import { publishRaw } from "../outputs.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const failpointsCheck: Check = {
  name: "failpoints",
  about: "kill -9 of the engine at every named moment of its dealings with log, output and disk",
  run: failpoints,
};

/** Moments that come once or a few times in a run: the first time is the one to die at. */
const RARE = new Set<Failpoint>([
  "record.before",
  "record.after",
  "epoch.before",
  "epoch.sent",
  "epoch.acked",
  "dead.before",
  "dead.after",
  "manifest.before",
  "manifest.after",
]);
const DIES_WITHIN_MS = 60_000;

async function failpoints(bench: Bench): Promise<void> {
  // Those of numbers of the population are the check `population`'s: the packs that ship have none. Those of erasing are `forget`'s.
  const all = FAILPOINTS.filter((name) => !name.startsWith("cuts.") && !name.startsWith("erase_"));
  const names = bench.short ? all.filter((_, index) => index % 6 === 2) : all;
  const messages = [...population({ seed: 11, contacts: bench.short ? 400 : 1500, days: 182, startMs: DEMO_START_MS })];
  const server = await bench.server();
  const size = Math.ceil(messages.length / names.length);
  for (const [index, name] of names.entries()) {
    const file = bench.file(`slice-${index}.ndjson`);
    writeFileSync(file, "");
    for (const { json } of messages.slice(index * size, (index + 1) * size)) appendFileSync(file, `${json}\n`);
    await dieAt(bench, server.url, name, file);
  }
  const engine = await EngineProcess.start(bench, { url: server.url, packs: KEPT_PACKS });
  const last = await feed(server.url, bench.file("slice-0.ndjson"), { until: new Date(DEMO_START_MS + 300 * 86_400_000).toISOString() });
  const told = await mustEndUndisturbed(bench, server.url, engine, last);
  bench.say(`${names.length} failpoints, one death each; ${told}`);
}

/** Runs an engine that dies at the moment, with events coming in, and waits until it is dead. */
async function dieAt(bench: Bench, url: string, name: Failpoint, file: string): Promise<void> {
  const times = RARE.has(name) ? 1 : Math.ceil(bench.random(1, name.startsWith("publish") ? 200 : 20));
  const engine = await EngineProcess.start(bench, { url, packs: KEPT_PACKS, env: { TIDEMARK_FAILPOINT: `${name}:${times}` } });
  const began = performance.now();
  // Some moments come before it is ready; what it did not live to read, the next one will.
  await engine.ready().catch(() => {});
  if (!engine.over) await feed(url, file, { perMessage: 3 });
  while (!engine.over) {
    must(performance.now() - began < DIES_WITHIN_MS, `the engine never came to ${name} for the ${times}. time`);
    await publishRaw(url, "{ broken");
    await sleep(200);
  }
  const signal = await engine.diedOf();
  must(signal === "SIGKILL", `at ${name}:${times} the engine did not die by SIGKILL: ${signal}`);
}
