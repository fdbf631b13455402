// The engine's consumers on the log are deleted under it, over and over, while events come in: an operator's `nats consumer rm`, a
// server that forgets them. The engine asks for a new one each time and goes on at its own position.

import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { logSubjects } from "../../../src/model/log.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";
import { populationEvents, Supply } from "../supply.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const consumerDeletedCheck: Check = {
  name: "consumer-deleted",
  about: "the engine's consumers are deleted under it, over and over, under load",
  run: consumerDeleted,
};

async function consumerDeleted(bench: Bench): Promise<void> {
  const wanted = bench.short ? 5 : 60;
  const server = await bench.server();
  const engine = await EngineProcess.start(bench, { url: server.url, packs: KEPT_PACKS });
  await engine.ready();
  const supply = await Supply.open(bench, server.url, populationEvents(29, 20_000));
  const deleted = await supply.during(2000, () => deleteConsumers(bench, server.url, wanted));
  must(!engine.over, "the engine ended while its consumers were deleted");
  const told = await mustEndUndisturbed(bench, server.url, engine, await supply.end());
  bench.say(`${deleted} consumers deleted; ${told}`);
}

/** Deletes whatever consumer the log has, at random moments, until so many are gone. */
async function deleteConsumers(bench: Bench, url: string, wanted: number): Promise<number> {
  const connection = await connect({ servers: url, name: "verify" });
  bench.atClose(() => connection.close());
  const manager = await jetstreamManager(connection);
  const { stream } = logSubjects("0");
  let deleted = 0;
  for (const deadline = performance.now() + 120_000; deleted < wanted; ) {
    must(performance.now() < deadline, `only ${deleted} consumers came to be within two minutes`);
    for (const { name } of await manager.consumers.list(stream).next()) if (await manager.consumers.delete(stream, name).catch(() => false)) deleted++;
    await sleep(bench.random(5, 250));
  }
  return deleted;
}
