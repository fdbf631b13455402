// Numbers of the population, which the engine itself writes into its log, under kill -9: at random moments, between a count and its
// record, right behind a record, and with an owner that stands still between the two, past a takeover, and says its record again
// when it wakes up. What is published in the end is what a replay of the log gives, and in the log each number follows on the one
// before. Time is the event clock's, because the shortest `every` is an hour.

import { cpSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Failpoint } from "../../../src/app/failpoints.ts";
import type { OwnServer } from "../../../src/demo/own-handle.ts";
import { DEMO_START_MS } from "../../../src/demo/population.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { dumpLog, packFile } from "../live-run.ts";
import { lastPosition } from "../outputs.ts";
import { Supply } from "../supply.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const populationCheck: Check = {
  name: "population",
  about: "kill -9 between a count of everyone and its record, and an owner that repeats one after a takeover",
  run: population,
};

const EVENTS_PER_SECOND = 300;
const CONTACTS = 200;
const MINUTE_MS = 60_000;
const COMES_WITHIN_MS = 60_000;
const STANDS_STILL = /^State:\s+T/m;

type Death = "random" | `${Failpoint}:${number}`;

async function population(bench: Bench): Promise<void> {
  const server = await bench.server();
  await die(bench, server, bench.file("state-0"), "random");
  const supply = await Supply.open(bench, server.url, visitsAndOrders());
  const deaths = deathsOf(bench);
  const takeovers = bench.short ? 1 : 3;
  let state = bench.file("state-0");
  const last = await supply.during(EVENTS_PER_SECOND, async () => {
    for (const death of deaths) await die(bench, server, state, death);
    for (let round = 1; round <= takeovers; round++) state = await wakePastTakeover(bench, server, state, bench.file(`state-${round}`));
    return start(bench, server, state);
  });
  const told = await mustEndUndisturbed(bench, server.url, last, await supply.end(new Date(DEMO_START_MS + 365 * 86_400_000).toISOString()));
  const { numbers, repeated } = mustFollow(await dumpLog(bench, server.url));
  must(repeated > 0, "no record was said twice: the check shows nothing");
  bench.say(`${deaths.length} kills, ${takeovers} takeovers: ${numbers} numbers of the population without a gap, ${repeated} said again; ${told}`);
}

function deathsOf(bench: Bench): Death[] {
  const round = (): Death[] => [`cuts.before:${bench.random(1, 6)}`, `cuts.after:${bench.random(1, 6)}`, "random"];
  return Array.from({ length: bench.short ? 1 : 4 }, round).flat();
}

const start = (bench: Bench, { url }: OwnServer, state: string, failpoint?: string): Promise<EngineProcess> =>
  EngineProcess.start(bench, { url, packs: [packFile("ranks.yaml")], state, env: failpoint === undefined ? {} : { TIDEMARK_FAILPOINT: failpoint } });

async function die(bench: Bench, server: OwnServer, state: string, death: Death): Promise<void> {
  if (death === "random") {
    const engine = await start(bench, server, state);
    await engine.ready();
    await sleep(bench.random(20, 2000));
    return engine.kill();
  }
  const engine = await start(bench, server, state, death);
  const signal = await Promise.race([engine.diedOf(), sleep(COMES_WITHIN_MS, "it lives", { ref: false })]);
  must(signal === "SIGKILL", `at ${death} the engine did not die by SIGKILL: ${signal}`);
}

/** Stands still between a count and its record; another engine takes over and goes on; then it wakes up and writes its record. */
async function wakePastTakeover(bench: Bench, server: OwnServer, state: string, copy: string): Promise<string> {
  const old = await start(bench, server, state, `cuts.before:${bench.random(2, 6)}:stop`);
  for (let waited = 0; !standsStill(old.pid); waited += 20) {
    must(waited < COMES_WITHIN_MS && !old.over, "the engine did not come to a record");
    await sleep(20);
  }
  cpSync(state, copy, { recursive: true, filter: (path) => !basename(path).startsWith("lock") });
  const next = await start(bench, server, copy);
  await next.reaches(await lastPosition(server.url));
  await sleep(bench.random(200, 1500));
  old.signal("SIGCONT");
  const { code } = await old.failure();
  must(code === "OWNER_LOST", `the engine that was taken over ended with ${code}`);
  await next.reaches(await lastPosition(server.url));
  await next.kill();
  return copy;
}

const standsStill = (pid: number): boolean => STANDS_STILL.test(readFileSync(`/proc/${pid}/status`, "utf8"));

/** Each record has a number that was said before, or the next one. Answers how many there are, and how many were said again. */
function mustFollow(dump: string): { readonly numbers: number; readonly repeated: number } {
  const last = new Map<string, number>();
  let repeated = 0;
  for (const line of readFileSync(dump, "utf8").split("\n")) {
    if (!line.includes(".control.cuts.")) continue;
    const { data } = JSON.parse(line) as { readonly data: string };
    const { of, number } = JSON.parse(Buffer.from(data, "base64").toString("utf8")) as { readonly of: string; readonly number: number };
    const before = last.get(of) ?? 0;
    must(number <= before + 1, `number ${number} of ${of} comes after ${before}`);
    if (number <= before) repeated++;
    last.set(of, Math.max(before, number));
  }
  must(last.size === 3, `numbers of ${[...last.keys()].join(", ")} are in the log: three kinds should be`);
  return { numbers: [...last.values()].reduce((sum, number) => sum + number, 0), repeated };
}

/** A minute apart. */
function* visitsAndOrders(): Generator<string, void, void> {
  for (let number = 0; ; number++) {
    const event =
      number % 4 === 0 ? { type: "track", event: "Order Completed", properties: { revenue: 5 + ((number * 31) % 90) } } : { type: "page", name: "Home" };
    yield JSON.stringify({
      ...event,
      messageId: `m-${number}`,
      userId: `c-${(number * 37) % CONTACTS}`,
      timestamp: new Date(DEMO_START_MS + number * MINUTE_MS).toISOString(),
    });
  }
}
