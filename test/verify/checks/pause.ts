// An owner is stopped (SIGSTOP) in the middle of publishing, and past that a second engine takes the shard over, on a copy of its
// state folder. Then the first wakes up: it must be refused for good, say so and end with its code. What it still wrote into the
// log (with the stored clock a tick, as its deadlines are long due) changes nothing, and the output is that of an undisturbed
// run. The second is then the one to be stopped, and so on. Every other time what the first had sent is still on its way, held by
// a proxy, and arrives only behind what the second has published.

import { cpSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnServer } from "../../../src/demo/own-handle.ts";
import type { Bench } from "../bench.ts";
import { BrokerProxy } from "../broker-proxy.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { packFile } from "../live-run.ts";
import { lastPosition, type Published, subscribe } from "../outputs.ts";
import { Supply } from "../supply.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const pauseCheck: Check = {
  name: "pause",
  about: "an owner is paused past a takeover and wakes up: refused for good, and nothing that it still wrote counts",
  run: pause,
};

const EVENTS_PER_SECOND = 400;
const CONTACTS = 300;
const COMES_WITHIN_MS = 30_000;
/** Events at once, so that many effects make a window. */
const BURST = 400;
const WINDOW_WITHIN_MS = 2000;

/** An engine with a state folder of its own, seen through a proxy of its own. */
interface Owner {
  readonly engine: EngineProcess;
  readonly between: BrokerProxy;
  readonly state: string;
}

async function pause(bench: Bench): Promise<void> {
  const rounds = bench.short ? 2 : 8;
  const server = await bench.server();
  const published = await subscribe(bench, server.url);
  let owner = await own(bench, server, 0);
  const supply = await Supply.open(bench, server.url, visitsAndOrders());
  const late = { outputs: 0, records: 0, held: 0 };
  await supply.during(EVENTS_PER_SECOND, async () => {
    for (let round = 1; round <= rounds; round++) {
      const old = owner;
      if (round % 2 === 0) await holdOutputs(old, supply);
      else await stopWhilePublishing(bench, old, published);
      const sent = { outputs: old.between.outputsSent, records: old.between.recordsSent };
      if (round === 1) await mustBeLocked(bench, server, old);
      cpSync(old.state, bench.file(`state-${round}`), { recursive: true, filter: (path) => !basename(path).startsWith("lock") });
      owner = await own(bench, server, round);
      await owner.engine.reaches(await lastPosition(server.url));
      await sleep(bench.random(0, 1500));
      old.between.release();
      old.engine.signal("SIGCONT");
      await mustBeRefused(old.engine);
      late.outputs += old.between.outputsSent - sent.outputs;
      late.records += old.between.recordsSent - sent.records;
      late.held += old.between.outputsHeld;
      await owner.engine.reaches(await lastPosition(server.url));
    }
  });
  const told = await mustEndUndisturbed(bench, server.url, owner.engine, await lastPosition(server.url));
  bench.say(
    `${rounds} owners paused past a takeover; awake again they sent ${late.outputs} outputs, ${late.held} of them from before, and ${late.records} records for the log; ${told}`,
  );
  must(late.outputs > 0 && late.records > 0 && late.held > 0, "no paused owner tried to write anything: the check shows nothing");
}

async function own(bench: Bench, server: OwnServer, number: number): Promise<Owner> {
  const between = await BrokerProxy.open(bench, server.port);
  const state = bench.file(`state-${number}`);
  const engine = await EngineProcess.start(bench, { url: between.url, packs: [packFile("moments.yaml")], state, env: { TIDEMARK_CLOCK: "stored" } });
  await engine.ready();
  return { engine, between, state };
}

async function stopWhilePublishing(bench: Bench, { engine }: Owner, published: readonly Published[]): Promise<void> {
  await sleep(bench.random(0, 1200));
  const before = published.length;
  for (let waited = 0; published.length === before; waited += 2) {
    must(waited < COMES_WITHIN_MS, "nothing was published");
    await sleep(2);
  }
  engine.signal("SIGSTOP");
}

/** Stopped with outputs on the wire that the broker does not have yet: a window where there is one within a while, else the first of one. */
async function holdOutputs({ engine, between }: Owner, supply: Supply): Promise<void> {
  between.holdAtAck();
  const giving = supply.give(BURST);
  for (let waited = 0; between.outputsHeld < 2 && (between.outputsHeld === 0 || waited < WINDOW_WITHIN_MS); waited += 2) {
    must(waited < COMES_WITHIN_MS, "nothing was published");
    await sleep(2);
  }
  engine.signal("SIGSTOP");
  await giving;
}

/** On the same folder nobody gets in, since the kernel still answers for the paused process. */
async function mustBeLocked(bench: Bench, server: OwnServer, { state }: Owner): Promise<void> {
  const second = await EngineProcess.start(bench, { url: server.url, packs: [packFile("moments.yaml")], state, env: { TIDEMARK_CLOCK: "stored" } });
  const { exit, code } = await second.failure();
  must(code === "STATE_LOCKED" && exit === 2, `on the folder of a paused engine a start ended with ${code}, exit ${exit}`);
}

async function mustBeRefused(old: EngineProcess): Promise<void> {
  const { exit, code, message, hint } = await old.failure();
  must(code === "OWNER_LOST" && exit === 1, `the paused owner ended with ${code}, exit ${exit}: ${message}`);
  must(message.includes("which this engine did not write"), `the paused owner does not say what it met: ${message}`);
  must(hint.includes("leave the shard to the other") && hint.includes("tidemark run"), `the paused owner does not name both ways on: ${hint}`);
}

/** Of now, as the stored clock wants them; a few orders among visits. */
function* visitsAndOrders(): Generator<string, void, void> {
  for (let number = 0; ; number++) {
    const event = number % 7 === 0 ? { type: "track", event: "Order Completed", properties: { revenue: 10 + (number % 50) } } : { type: "page", name: "Home" };
    yield JSON.stringify({
      ...event,
      messageId: `m-${number}`,
      userId: `c-${(number * 37) % CONTACTS}`,
      timestamp: new Date().toISOString(),
    });
  }
}
