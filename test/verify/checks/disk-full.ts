// The state folder lies on a small disk that fills up under the engine: at once, and in the middle of a checkpoint. The last good
// checkpoint stays, the metric of the alert rises, the engine goes on publishing; a start on the full disk says what is wrong;
// and when there is room again, checkpoints are taken as if nothing had been.

import { join } from "node:path";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { tidemark } from "../command.ts";
import { EngineProcess } from "../engine-process.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";
import { SmallDisk } from "../small-disk.ts";
import { populationEvents, Supply } from "../supply.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const diskFullCheck: Check = { name: "disk-full", about: "the disk of the state folder fills up under the engine, and has room again", run: diskFull };

const DISK_BYTES = 64 * 1024 * 1024;
const EVENTS = 1500;
const FAILURES = "tidemark_checkpoint_failures_total";

async function diskFull(bench: Bench): Promise<void> {
  const rounds = bench.short ? 2 : 6;
  const disk = SmallDisk.mount(bench, "disk", DISK_BYTES);
  const state = join(disk.folder, "state");
  const server = await bench.server();
  const start = (): Promise<EngineProcess> => EngineProcess.start(bench, { url: server.url, packs: KEPT_PACKS, state });
  let engine = await start();
  await engine.ready();
  const supply = await Supply.open(bench, server.url, populationEvents(47, 3000));
  let failures = 0;
  for (let round = 0; round < rounds; round++) {
    const good = await supply.give(EVENTS);
    await engine.sees("tidemark_checkpoint_position", good);
    // At first there is no room at all, later for a part of a checkpoint.
    disk.fill(round === 0 ? 0 : bench.random(0, await engine.metric("tidemark_checkpoint_size_bytes")));
    failures += await failWhileFull(engine, state, good, await supply.give(EVENTS));
    if (round === 1) engine = await dieWhileFull(engine, disk, start);
    else disk.makeRoom();
    await engine.sees("tidemark_checkpoint_position", good + 1);
  }
  const told = await mustEndUndisturbed(bench, server.url, engine, await supply.end());
  bench.say(`the disk was full ${rounds} times, ${failures} checkpoints failed; ${told}`);
}

/** It goes on, its checkpoints fail where an alert sees it, and the last good one can be relied on. */
async function failWhileFull(engine: EngineProcess, state: string, good: number, last: number): Promise<number> {
  await engine.reaches(last);
  const before = await engine.metric(FAILURES);
  await engine.sees(FAILURES, before + 2);
  const position = await engine.metric("tidemark_checkpoint_position");
  must(position === good, `with a full disk the last checkpoint is of position ${position}, and not of ${good}`);
  const { code, stdout, stderr } = await tidemark(["inspect", join(state, "0"), "--verify"]);
  must(code === 0, `inspect --verify on a full disk: exit ${code}: ${stdout}${stderr}`);
  return (await engine.metric(FAILURES)) - before;
}

/** kill -9 with the disk full: the next start cannot even take its lock, and says so; with room it goes on. */
async function dieWhileFull(engine: EngineProcess, disk: SmallDisk, start: () => Promise<EngineProcess>): Promise<EngineProcess> {
  await engine.kill();
  disk.fill(0);
  const { code, exit, message } = await (await start()).failure();
  must(code === "DISK_FAILED" && exit === 1 && message.includes("ENOSPC"), `a start on a full disk ended with ${code}, exit ${exit}: ${message}`);
  disk.makeRoom();
  const next = await start();
  await next.ready();
  return next;
}
