// Deadlines across kills, by the clock on the wall: people wait a few seconds each, the engine is killed in the middle and stays away
// for a while. Every deadline is told once and as of its own moment. It arrives as late as the engine was away, at most: those that
// came due meanwhile when it is back, all others as if nothing had been.

import { setTimeout as sleep } from "node:timers/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { packFile } from "../live-run.ts";
import { lastPosition, mustBeOnceAndInOrder, readOutputs } from "../outputs.ts";

export const restartDeadlinesCheck: Check = {
  name: "restart-deadlines",
  about: "kills while deadlines come due: each fires once, of its own moment, and no later than the engine was away",
  run: restartDeadlines,
};

/** Of the pack: how long after the hit. */
const WAIT_MS = 6000;
/** What an engine that runs may take from a deadline's moment to its arrival: 100 ms of it are the grain. Twice the aim, because others use the machine. */
const USUAL_MS = 2000;

interface Arrival {
  readonly momentMs: number;
  readonly atMs: number;
}

interface Absence {
  readonly fromMs: number;
  readonly toMs: number;
}

async function restartDeadlines(bench: Bench): Promise<void> {
  const kills = bench.short ? 2 : 4;
  const server = await bench.server();
  const connection = await connect({ servers: server.url, name: "verify" });
  bench.atClose(() => connection.close());
  const arrivals = listen(connection);
  const start = (): Promise<EngineProcess> =>
    EngineProcess.start(bench, { url: server.url, packs: [packFile("waiting.yaml")], env: { TIDEMARK_CLOCK: "stored" } });
  let engine = await start();
  await engine.ready();
  const hits = new Map<string, number>();
  const enough = new AbortController();
  const feeding = hitUntil(connection, bench.short ? 50 : 10, hits, enough.signal);
  const absences: Absence[] = [];
  for (let round = 0; round < kills; round++) {
    await sleep(WAIT_MS + bench.random(0, 500));
    const fromMs = Date.now();
    await engine.kill();
    await sleep(bench.random(500, 2500));
    engine = await start();
    await engine.ready();
    absences.push({ fromMs, toMs: Date.now() });
  }
  enough.abort();
  await feeding;
  await sleep(WAIT_MS + USUAL_MS);
  await engine.reaches(await lastPosition(server.url));
  await engine.stop();
  mustBeOnceAndInOrder(await readOutputs(server.url));
  mustAllHaveFired(hits, arrivals);
  judgeDelays(bench, [...arrivals.values()].flat(), absences);
}

/** One hit for each contact, so long apart, until there are enough; when each was done. */
async function hitUntil(connection: NatsConnection, apartMs: number, hits: Map<string, number>, enough: AbortSignal): Promise<void> {
  const begun = Date.now();
  for (let index = 0; !enough.aborted; index++) {
    await sleep(Math.max(0, begun + index * apartMs - Date.now()));
    const userId = `w-${index}`;
    const at = Date.now();
    hits.set(userId, at);
    const event = { type: "track", event: "Hit", messageId: userId, userId, timestamp: new Date(at).toISOString() };
    await connection.request("tidemark.events.web", JSON.stringify(event), { timeout: 10_000 });
  }
}

/** Triggers as a plain subscriber sees them: by contact, each with its own moment and when it came. */
function listen(connection: NatsConnection): Map<string, Arrival[]> {
  const arrivals = new Map<string, Arrival[]>();
  connection.subscribe("tidemark.triggers.>", {
    callback: (_error, message) => {
      const atMs = Date.now();
      const { subject, time } = message.json<{ subject: string; time: string }>();
      const known = arrivals.get(subject) ?? [];
      arrivals.set(subject, [...known, { momentMs: Date.parse(time), atMs }]);
    },
  });
  return arrivals;
}

function mustAllHaveFired(hits: ReadonlyMap<string, number>, arrivals: ReadonlyMap<string, readonly Arrival[]>): void {
  for (const [contact, at] of hits) {
    const own = arrivals.get(contact) ?? [];
    must(own.length === 1, `the deadline of ${contact} was told ${own.length} times`);
    must(own[0]?.momentMs === at + WAIT_MS, `the deadline of ${contact} is told as of ${own[0]?.momentMs}, and it was at ${at + WAIT_MS}`);
  }
}

/** A deadline that comes due in an absence waits for its end; what an engine that has just come back does first counts as its return. */
function judgeDelays(bench: Bench, arrivals: readonly Arrival[], absences: readonly Absence[]): void {
  const worst = { away: 0, usual: 0 };
  let during = 0;
  for (const { momentMs, atMs } of arrivals) {
    // What was due shortly before the kill may have been on its way.
    const absence = absences.find(({ fromMs, toMs }) => momentMs >= fromMs - USUAL_MS && momentMs <= toMs);
    const free = absence === undefined ? momentMs : Math.max(momentMs, absence.toMs);
    if (absence !== undefined) during++;
    const kind = absence === undefined ? "usual" : "away";
    worst[kind] = Math.max(worst[kind], atMs - free);
    must(atMs >= momentMs, `a deadline was told ${momentMs - atMs} ms before its moment`);
  }
  bench.say(`${arrivals.length} deadlines, ${during} of them while the engine was away ${absences.length} times (${absences.map(seconds).join(", ")} s)`);
  bench.say(`the last ${worst.away} ms after it was back; of all others the last ${worst.usual} ms behind its moment`);
  must(during > 0 && during < arrivals.length, "not one deadline came due while the engine was away, or not one while it was there: this shows nothing");
  must(worst.away <= USUAL_MS, `a deadline that came due while the engine was away came ${worst.away} ms after it was back`);
  must(worst.usual <= USUAL_MS, `a deadline came ${worst.usual} ms behind its moment though the engine was there`);
}

const seconds = ({ fromMs, toMs }: Absence): string => ((toMs - fromMs) / 1000).toFixed(1);
