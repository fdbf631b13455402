// The broker comes back with less than it had: it is stopped, an older copy of its JetStream directory (or of one stream) is put in
// place, and it is started. An engine that runs through that stops, and so does the next start, with the code that the manual
// gives; and each of the two ways on that it names works: with the newer data back in place it goes on as if nothing had been,
// and started over it gives what the log that is there gives.

import { renameSync } from "node:fs";
import { join } from "node:path";
import type { OwnServer } from "../../../src/demo/own-handle.ts";
import { outputSubjects } from "../../../src/model/effect.ts";
import { logSubjects } from "../../../src/model/log.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { lastPosition } from "../outputs.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";
import { backUp, type Part, putBack, replace, withManager } from "../store.ts";
import { populationEvents, Supply } from "../supply.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const olderCopyCheck: Check = {
  name: "older-copy",
  about: "an older copy of the broker's data comes back: a loud stop, and both ways on work",
  run: olderCopy,
};

const LOG = logSubjects("0").stream;
const OUTPUT = outputSubjects("0").stream;
const EVENTS = 3000;

interface Loss {
  readonly name: string;
  /** What comes back older. */
  readonly part: Part;
  readonly code: string;
  /** The part of the message that says what was found. */
  readonly says: RegExp;
}

const LOSSES: readonly Loss[] = [
  { name: "broker", part: "all", code: "LOG_CHANGED", says: /ends at \d+, but has been read up to \d+/ },
  { name: "output", part: { stream: OUTPUT }, code: "OUTPUT_DIFFERS", says: /ends at \d+, but (it acknowledged|the checkpoint has seen it at) \d+/ },
  { name: "log", part: { stream: LOG }, code: "LOG_CHANGED", says: /ends at \d+, but has been read up to \d+/ },
];

async function olderCopy(bench: Bench): Promise<void> {
  for (const loss of bench.short ? LOSSES.slice(0, 1) : LOSSES) {
    const scene = await Scene.open(bench, loss.name);
    await scene.runThrough(loss);
    await scene.putNewerBack();
    await scene.startOver(loss);
  }
  if (!bench.short) await (await Scene.open(bench, "down")).lostWhileDown();
}

/** A server and a state folder of its own, with copies of both as they were. */
class Scene {
  readonly #bench: Bench;
  readonly #name: string;
  readonly #server: OwnServer;
  readonly #supply: Supply;

  static async open(bench: Bench, name: string): Promise<Scene> {
    const server = await bench.server(`nats-${name}`);
    // The log's stream is there only when an engine has begun it.
    const first = await EngineProcess.start(bench, { url: server.url, packs: KEPT_PACKS, state: bench.file(`${name}-state`) });
    await first.ready();
    await first.stop();
    return new Scene(bench, name, server, await Supply.open(bench, server.url, populationEvents(41, 4000)));
  }

  private constructor(bench: Bench, name: string, server: OwnServer, supply: Supply) {
    this.#bench = bench;
    this.#name = name;
    this.#server = server;
    this.#supply = supply;
  }

  /** Leaves the older part in place, the newer data in a copy, and the state folder as the engine left it. */
  async runThrough(loss: Loss): Promise<void> {
    const engine = await this.#start();
    await this.#giveAndCheckpoint(engine);
    await backUp(this.#server, this.#file("older"));
    await this.#giveAndCheckpoint(engine);
    await backUp(this.#server, this.#file("newer"));
    await engine.reaches(await lastPosition(this.#server.url));
    await putBack(this.#server, this.#file("older"), loss.part);
    // The output is looked at when something is to be published.
    await this.#supply.give(200);
    await this.#mustStop(engine, loss, "the engine that ran through it");
    replace(this.#file("state"), this.#file("state-left"));
    await this.#mustStop(await this.#start(), loss, "the next start");
  }

  /** The first way on: as if nothing had been. */
  async putNewerBack(): Promise<void> {
    await putBack(this.#server, this.#file("newer"), "all");
    await this.#mustGoOn("with the newer data back");
  }

  /** The second: the state moved away, the output deleted. */
  async startOver(loss: Loss): Promise<void> {
    await putBack(this.#server, this.#file("older"), loss.part);
    replace(this.#file("state-left"), this.#file("state"));
    await this.#mustStop(await this.#start(), loss, "a start before the second way");
    await this.#clear();
    await this.#mustGoOn("started over");
  }

  /**
   * The engine is down, and the log comes back shorter than the output explains, though not shorter than the checkpoint. Both
   * shorter by the same are simply an earlier moment: nobody is told, and the result is that of the log that is left.
   */
  async lostWhileDown(): Promise<void> {
    const engine = await this.#start({ TIDEMARK_CHECKPOINT_EVERY_S: "3600" });
    await engine.reaches(await this.#supply.give(EVENTS));
    await backUp(this.#server, this.#file("older"));
    await engine.reaches(await this.#supply.give(EVENTS));
    await engine.kill();
    await backUp(this.#server, this.#file("newer"));
    replace(this.#file("state"), this.#file("state-left"));
    await putBack(this.#server, this.#file("older"), { stream: LOG });
    const loss = { name: "log", part: { stream: LOG }, code: "OUTPUT_DIFFERS", says: /holds effects of position \d+, but TIDEMARK_LOG_0 ends at \d+/ };
    await this.#mustStop(await this.#start(), loss, "a start with a log that does not explain its output");
    await putBack(this.#server, this.#file("newer"), "all");
    await this.#mustGoOn("with the newer log back");
    await putBack(this.#server, this.#file("older"), "all");
    replace(this.#file("state-left"), this.#file("state"));
    await this.#mustGoOn("with all of the broker as it was after the checkpoint");
  }

  #file(what: string): string {
    return this.#bench.file(`${this.#name}-${what}`);
  }

  #start(env: Readonly<Record<string, string>> = {}): Promise<EngineProcess> {
    return EngineProcess.start(this.#bench, { url: this.#server.url, packs: KEPT_PACKS, state: this.#file("state"), env });
  }

  async #giveAndCheckpoint(engine: EngineProcess): Promise<void> {
    const last = await this.#supply.give(EVENTS);
    await engine.reaches(last);
    await engine.sees("tidemark_checkpoint_position", last);
  }

  async #mustStop(engine: EngineProcess, { code, says }: Loss, who: string): Promise<void> {
    const failure = await engine.failure();
    must(failure.code === code && failure.exit === 1, `${who} ended with ${failure.code}, exit ${failure.exit}, and not with ${code}: ${failure.message}`);
    must(says.test(failure.message), `${who} does not say what it found: ${failure.message}`);
    must(/^Either .+ or /.test(failure.hint), `${who} does not name two ways on: ${failure.hint}`);
  }

  async #clear(): Promise<void> {
    renameSync(join(this.#file("state"), "0"), join(this.#file("state"), "0.old"));
    await withManager(this.#server.url, (manager) => manager.streams.delete(OUTPUT));
  }

  /** A start takes more events, and the end is that of an undisturbed run of the log that is there. */
  async #mustGoOn(how: string): Promise<void> {
    const engine = await this.#start();
    await engine.ready();
    await this.#supply.give(500);
    const told = await mustEndUndisturbed(this.#bench, this.#server.url, engine, await this.#supply.end(), `${this.#name} ${how}`);
    this.#bench.say(`${this.#name}: ${told}`);
  }
}
