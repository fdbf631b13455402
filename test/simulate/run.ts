// Plays a story: starts the engine, does one step after another, starts it again when it ends, as a supervisor would, and in the
// end makes everything well and waits until the engine has done all there is to do. What came of it is for judge.ts to say.

import type { Config } from "../../src/app/config.ts";
import { configSchema } from "../../src/app/config.ts";
import { startEngine } from "../../src/app/engine.ts";
import { Erasing } from "../../src/app/erasing.ts";
import type { Logger } from "../../src/app/log.ts";
import { EnginePrivacy } from "../../src/app/privacy.ts";
import type { RunningEngine } from "../../src/app/running-engine.ts";
import { type ErrorCode, TidemarkError } from "../../src/model/errors.ts";
import { type ContactKey, epochMs, outputSequence, position } from "../../src/model/ids.ts";
import { type LogMessage, logSubjects } from "../../src/model/log.ts";
import type { EngineStatus } from "../../src/model/status.ts";
import { Dice } from "../model/naive/random-story.ts";
import { Broker, DeadLetterConnection, LogConnection, OutputConnection, startOfTime } from "./broker.ts";
import { Clockwork } from "./clockwork.ts";
import { contentsOf, copyOf, filesBelow } from "./disk-copy.ts";
import { StoryMachine } from "./machine.ts";
import { Mishaps } from "./mishaps.ts";
import { Owner, type Place, TIMEOUT_MS } from "./owner.ts";
import { Producer } from "./producer.ts";
import type { Step, Story } from "./story.ts";
import { RANKS_PACK, STORY_PACKS } from "./story-pack.ts";

export const SHARD = "0";
const STATE = "/state";
/** After so many starts without an end a supervisor's person is asked. */
const MOST_STARTS = 60;
const GENERATIONS_KEPT = 2;
/** Longer than anybody waits for an answer before asking again. */
const QUIET_MS = TIMEOUT_MS + 500;
const SETTLED_WITHIN_MS = 15 * 60_000;

/** What happened that a stop, or a lost message, can be explained by. */
export interface Facts {
  /** The log came back without messages that an engine had been given; the output without ones that it had acknowledged or shown. */
  logForgot: boolean;
  outputForgot: boolean;
  purged: boolean;
  madeAnew: boolean;
  /** Another owner was started beside one that lived. */
  tookOver: boolean;
  /** A disk had no checkpoint left that it had not lied about, and whose files nothing had happened to. */
  damaged: boolean;
}

export interface Rest {
  readonly position: number;
  readonly digest: string;
  readonly counters: Readonly<Record<string, number>>;
  /** It said that no generation of before this position is kept, and these files were there. */
  readonly goneUpTo: number;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** How one life of an engine ended. */
export interface Ending {
  readonly life: string;
  readonly error: unknown;
  /** After everything had been made well, and not because of a stop that was asked for before. */
  readonly allWell: boolean;
}

export interface Played {
  readonly story: Story;
  readonly facts: Facts;
  readonly endings: readonly Ending[];
  /** Set where the engine stopped for good and asked for a person. */
  readonly stopped: ErrorCode | null;
  /** Set where it did not come to rest. */
  readonly unsettled: string | null;
  /** Set where a start went on from an older checkpoint than it should have. */
  readonly forgotten: string | null;
  /** The log as it is in the end, with what was purged from it. */
  readonly log: readonly LogMessage[];
  readonly broker: Broker;
  /** What the engine said of itself when all was done, and once more after a clean stop and a start from what it left. */
  readonly rests: readonly Rest[];
  readonly starts: number;
  readonly happened: ReadonlyMap<string, number>;
  readonly course: readonly string[];
}

export async function play(story: Story): Promise<Played> {
  return new StoryRun(story).play();
}

interface Life {
  readonly owner: Owner;
  readonly machine: StoryMachine;
  engine: RunningEngine | undefined;
  /** It was asked to stop while there was trouble: a pause may have made that long, though it ends when all is well. */
  asked: boolean;
  over: boolean;
}

class StoryRun {
  readonly #story: Story;
  readonly #clockwork = new Clockwork();
  readonly #dice: Dice;
  readonly #mishaps: Mishaps;
  readonly #broker: Broker;
  readonly #producer: Producer;
  readonly #course: string[] = [];
  readonly #facts: Facts = {
    logForgot: false,
    outputForgot: false,
    purged: false,
    madeAnew: false,
    tookOver: false,
    damaged: false,
  };
  readonly #endings: Ending[] = [];
  readonly #purged = new Map<number, LogMessage>();
  readonly #place: Place;
  #machine = new StoryMachine();
  #current: Life | undefined;
  #others: Life[] = [];
  #starts = 0;
  #stopped: ErrorCode | null = null;
  #stopping = false;
  #well = false;
  #forgotten: string | null = null;
  #clockSkewMs: number;

  constructor(story: Story) {
    this.#story = story;
    this.#dice = new Dice(story.seed * 31 + 5);
    this.#mishaps = new Mishaps(new Dice(story.seed * 37 + 11));
    this.#clockSkewMs = this.#dice.whole(-40, 40);
    this.#broker = new Broker(() => epochMs(this.#wallMs), story);
    this.#producer = new Producer(this.#broker.log, () => this.#wallMs);
    this.#place = { clockwork: this.#clockwork, dice: this.#dice, mishaps: this.#mishaps, note: (line) => this.#note(line) };
  }

  async play(): Promise<Played> {
    this.#producer.send(this.#story.early);
    this.#start();
    await this.#firstPacks();
    this.#mishaps.background = this.#story.background;
    for (const step of this.#story.steps) {
      if (this.#stopped !== null) break;
      this.#note(`step ${JSON.stringify(step)}`);
      await this.#do(step);
      await this.#clockwork.run(this.#dice.real() * 3);
    }
    return this.#end();
  }

  get #wallMs(): number {
    return startOfTime + Math.floor(this.#clockwork.now);
  }

  #note(line: string): void {
    this.#course.push(`${this.#clockwork.now.toFixed(3)} ${line}`);
  }

  /** Producers begin when settings and packs stand in the log: what comes before is another matter (story.early). */
  async #firstPacks(): Promise<void> {
    const last = STORY_PACKS.map(({ name }) => name)
      .sort()
      .at(-1) as string;
    for (let i = 0; i < 1000; i++) {
      if ((await this.#broker.log.lastOn(logSubjects(SHARD).pack(last))) !== undefined) return;
      await this.#clockwork.run(5);
    }
    throw new Error("the first start does not write its packs");
  }

  #start(): void {
    if (this.#stopped !== null || this.#stopping) return;
    if (++this.#starts > MOST_STARTS) throw new Error(`more than ${MOST_STARTS} starts`);
    const machine = this.#machine;
    const owner = new Owner(`#${this.#starts}`, this.#place, (power) => this.#onDeath(life, power));
    const life: Life = { owner, machine, engine: undefined, asked: false, over: false };
    this.#current = life;
    this.#note(`${owner.process.name} starts`);
    owner.process.enter(this.#clockwork, () => void this.#live(life).catch((error: unknown) => this.#onEnd(life, error)));
  }

  async #live(life: Life): Promise<void> {
    const { owner, machine } = life;
    const parts = {
      log: new LogConnection(this.#broker, owner),
      output: new OutputConnection(this.#broker, owner),
      dead: new DeadLetterConnection(this.#broker, owner),
    };
    life.engine = await startEngine({
      config: this.#config(),
      packs: this.#story.ranks ? [...STORY_PACKS, RANKS_PACK] : STORY_PACKS,
      parts,
      logger: this.#logger(life),
      now: () => this.#wallMs + this.#clockSkewMs,
      machine: machine.seenBy(owner),
    });
    const { checkpointed, lies, damages } = machine;
    const restored = life.engine.status().checkpoint?.position ?? 0;
    if (restored < checkpointed && !lies && damages === 0)
      this.#forgotten ??= `${owner.process.name} went on from position ${restored}, though a checkpoint of ${checkpointed} had counted`;
    await life.engine.ended;
    this.#onEnd(life, undefined);
  }

  /** What changes no result is different at every start. */
  #config(): Config {
    const { clock, perStep, twoUsers, forgotten } = this.#story;
    const dice = this.#dice;
    return configSchema.parse({
      shard: SHARD,
      clock,
      state: STATE,
      workers: dice.whole(1, 3),
      batch: { events: dice.one([1, 3, 20, 5000]) },
      outbox: { window: dice.one([1, 2, 8, 1000]) },
      checkpoint: { every_s: dice.one([1, 5, 86_400]) },
      timers: { per_step: perStep, sweep_per_step: 2 },
      limits: { event_bytes: 2048 },
      forgotten,
      identity: { ties: twoUsers === null ? "none" : "all", two_users: twoUsers ?? "refuse" },
      records: { unwritten: dice.one([1, 3, 1000]) },
    }) as Config;
  }

  #logger(life: Life): Logger {
    const { owner } = life;
    const { machine } = life;
    const write = (level: string) => (fields: unknown, text?: string) => {
      if (text === "checkpoint") {
        machine.checkpoints++;
        machine.checkpointed = (fields as { position: number }).position;
      }
      const error = (fields as { err?: Error } | undefined)?.err;
      this.#note(`${owner.process.name} says ${level}: ${text ?? String(fields)}${error === undefined ? "" : ` (${error.message})`}`);
    };
    return { info: write("info"), warn: write("warn"), error: write("error"), debug: () => {} } as unknown as Logger;
  }

  /** The process is gone in the middle of something. */
  #onDeath(life: Life, power: boolean): void {
    if (power) {
      life.machine.disk.losePower(() => this.#dice.real());
      // Whoever else was on that machine is gone as well.
      for (const other of [...this.#others]) if (other.machine === life.machine && !other.owner.process.dead) other.owner.end(false);
    }
    this.#leave(life);
  }

  /** The engine has ended by itself. */
  #onEnd(life: Life, error: unknown): void {
    if (life.over) return;
    this.#note(`${life.owner.process.name} ended: ${error === undefined ? "stopped" : describe(error)}`);
    if (error !== undefined) this.#endings.push({ life: life.owner.process.name, error, allWell: this.#well && !life.asked });
    life.owner.process.kill();
    if (life === this.#current) this.#askPerson(error);
    this.#leave(life);
  }

  /** What an operator would do about it; most errors need none. */
  #askPerson(error: unknown): void {
    if (error === undefined) return;
    if (!(error instanceof TidemarkError)) {
      this.#stopped = "USAGE";
      return;
    }
    if (error.code === "STATE_DAMAGED") {
      const { lies, damages, checkpoints } = this.#machine;
      if (lies || damages >= Math.min(GENERATIONS_KEPT, checkpoints)) this.#facts.damaged = true;
      this.#machine = new StoryMachine();
    } else if (FINAL.has(error.code) && this.#endings.filter((ending) => ending.error instanceof TidemarkError && ending.error.code === error.code).length > 1)
      this.#stopped = error.code;
  }

  #leave(life: Life): void {
    if (life.over) return;
    life.over = true;
    life.machine.unlock();
    if (life !== this.#current) return;
    this.#current = undefined;
    this.#clockwork.after(this.#dice.real() * 400, () => {
      if (this.#current === undefined) this.#start();
    });
  }

  async #do(step: Step): Promise<void> {
    const life = this.#current;
    switch (step.do) {
      case "feed":
        return this.#producer.send(step.messages);
      case "wait":
        return this.#clockwork.run(step.ms);
      case "leap":
        return this.#leap(step.ms);
      case "checkpoint":
        life?.owner.process.enter(this.#clockwork, () => void life.engine?.checkpoint().catch(() => {}));
        return;
      case "stop":
        if (life === undefined) return;
        life.asked = true;
        life.owner.process.enter(this.#clockwork, () => void life.engine?.stop());
        return;
      case "kill":
      case "power":
        return life?.owner.end(step.do === "power");
      case "mishap":
        return this.#mishaps.arm(step.mishap);
      case "cut":
        return life?.owner.cut();
      case "hold the wire":
        return life?.owner.holdTheWire(step.ms);
      case "pause":
        return life?.owner.process.pause();
      case "wake":
        return this.#wakeAll();
      case "take over":
        return this.#takeOver(step.disk);
      case "fsync lies":
        this.#machine.lies = true;
        return;
      case "disk full":
        return this.#forAWhile(step.ms, this.#machine, (machine, full) => {
          machine.full = full;
        });
      case "output full":
        return this.#forAWhile(step.ms, this.#broker.output, (output, full) => (full ? output.fill() : output.makeRoom()));
      case "broker away":
        for (const one of this.#lives()) one.owner.cut(step.ms);
        if (step.restarted === true) this.#broker.output.forgetLink();
        return;
      case "broker forgets":
        return this.#forget(step.log, step.output);
      case "purge":
        return this.#purge(step.keep);
      case "log made anew":
        this.#facts.madeAnew = true;
        this.#broker.log.recreate(epochMs(this.#wallMs + 1));
        return;
      case "flip a bit":
        return this.#flip(step.at);
      case "forget":
        return this.#producer.forget(step.ids, step.times);
      case "ask to forget":
        return this.#askToForget(step.id);
    }
  }

  /** As DELETE does. Nobody asks again where the engine ends on the way: it was asked, or it was not. */
  #askToForget(id: ContactKey): void {
    const life = this.#current;
    const engine = life?.engine;
    this.#producer.hearsOfForget();
    if (life === undefined || engine === undefined) return;
    const log = new LogConnection(this.#broker, life.owner);
    const parts = { engine: Promise.resolve(engine), log, shard: SHARD };
    const privacy = new EnginePrivacy({ ...parts, erasing: new Erasing({ ...parts, ...NOTHING_ERASED }), published: async () => [] });
    life.owner.process.enter(this.#clockwork, () => void privacy.forget(id, [], TIMEOUT_MS).catch(() => {}));
  }

  #forAWhile<T>(ms: number, what: T, set: (what: T, on: boolean) => void): void {
    set(what, true);
    this.#clockwork.after(ms, () => set(what, false));
  }

  /** In a few leaps, so that some of what comes due does so on time. */
  async #leap(ms: number): Promise<void> {
    for (const part of [0.1, 0.35, 0.55]) {
      this.#clockwork.leap(ms * part);
      await this.#clockwork.run(this.#dice.real() * 20);
    }
  }

  #lives(): Life[] {
    return [...this.#others, ...(this.#current === undefined ? [] : [this.#current])].filter((life) => !life.over);
  }

  #wakeAll(): void {
    for (const life of this.#lives()) life.owner.process.wake(this.#clockwork);
  }

  async #takeOver(disk: "empty" | "copy"): Promise<void> {
    const old = this.#current;
    if (old !== undefined) this.#others.push(old);
    this.#facts.tookOver = true;
    this.#current = undefined;
    const { disk: before, lies, damages, checkpoints, checkpointed } = this.#machine;
    this.#machine = new StoryMachine();
    if (disk === "copy") this.#machine = Object.assign(new StoryMachine(await copyOf(before, STATE)), { lies, damages, checkpoints, checkpointed });
    this.#start();
  }

  async #forget(logCount: number, outputCount: number): Promise<void> {
    const { log, output } = await this.#broker.ends();
    const { told } = this.#broker;
    const logEnd = Math.max(log.first - 1, log.last - logCount);
    const outputEnd = Math.max(0, output.last - outputCount);
    if (logEnd < told.logPosition) this.#facts.logForgot = true;
    if (outputEnd < told.outputSequence) this.#facts.outputForgot = true;
    for (const one of this.#lives()) one.owner.cut();
    this.#broker.log.loseTail(position(logEnd));
    this.#broker.output.loseTail(outputSequence(outputEnd));
  }

  async #purge(keep: number): Promise<void> {
    const { log } = await this.#broker.ends();
    for (const message of await this.#messages()) this.#purged.set(message.position, message);
    this.#facts.purged = true;
    this.#broker.log.purgeBelow(position(Math.max(log.first, log.last - keep + 1)));
  }

  async #flip(at: number): Promise<void> {
    const { disk } = this.#machine;
    disk.fault = () => undefined;
    const files = await filesBelow(disk, STATE);
    const file = files[at % Math.max(1, files.length)];
    if (file === undefined) return;
    this.#machine.damages++;
    disk.damage(file, (bytes) => {
      const changed = bytes.slice();
      const byte = Math.floor(at / 64) % Math.max(1, bytes.length);
      changed[byte] = (changed[byte] ?? 0) ^ (1 << (at % 8));
      return changed;
    });
  }

  async #messages(): Promise<LogMessage[]> {
    const { log } = await this.#broker.ends();
    const messages: LogMessage[] = [];
    for (let at = log.first as number; at <= log.last; at++) {
      const message = await this.#broker.log.at(position(at));
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  async #end(): Promise<Played> {
    this.#allIsWell();
    const rests: Rest[] = [];
    let unsettled: string | null = null;
    for (const again of [false, true]) {
      if (again) await this.#stopAll();
      unsettled = await this.#settle();
      if (unsettled !== null || this.#stopped !== null) break;
      rests.push(await this.#rest());
    }
    return {
      story: this.#story,
      facts: this.#facts,
      endings: this.#endings,
      stopped: this.#stopped,
      unsettled,
      forgotten: this.#forgotten,
      log: await this.#wholeLog(),
      broker: this.#broker,
      rests,
      starts: this.#starts,
      happened: this.#mishaps.happened,
      course: this.#course,
    };
  }

  /** All troubles end, everybody is awake. */
  #allIsWell(): void {
    this.#note("all is well from here");
    this.#well = true;
    this.#mishaps.disarm();
    this.#wakeAll();
    this.#machine.full = false;
    this.#broker.output.makeRoom();
    if (this.#story.clock === "event") this.#producer.advance();
  }

  /** Until there is nothing left to do, for a while. */
  async #settle(): Promise<string | null> {
    if (this.#current === undefined) this.#start();
    const end = this.#clockwork.now + SETTLED_WITHIN_MS;
    let quiet = 0;
    while (this.#clockwork.now < end && this.#stopped === null) {
      await this.#clockwork.run(QUIET_MS / 10);
      quiet = (await this.#isAtRest()) ? quiet + 1 : 0;
      if (quiet > 10) return null;
    }
    return this.#stopped === null ? `the engine did not come to rest: ${JSON.stringify(this.#current?.engine?.status() ?? "not started")}` : null;
  }

  async #isAtRest(): Promise<boolean> {
    const status = this.#current?.engine?.status();
    if (status === undefined || (status.phase !== "live" && status.phase !== "replaying")) return false;
    const { log } = await this.#broker.ends();
    if (status.position !== log.last || status.taken !== log.last) return false;
    return this.#story.clock === "event" || status.nextDeadlineMs > status.logTimeMs;
  }

  async #rest(): Promise<Rest> {
    const life = this.#current as Life;
    const engine = life.engine as RunningEngine;
    const status = engine.status();
    const digest = await this.#asked(life, () => engine.digest());
    const files = await contentsOf(life.machine.disk, STATE);
    return { position: status.position, digest, counters: countersOf(status), goneUpTo: engine.forgets.goneUpTo, files };
  }

  async #wholeLog(): Promise<LogMessage[]> {
    const messages = await this.#messages();
    const first = messages[0]?.position ?? 0;
    const gone = [...this.#purged.values()].filter(({ position: at }) => at < first).sort((a, b) => a.position - b.position);
    return [...gone, ...messages];
  }

  /** Something asked of an engine from outside its process. */
  async #asked<T>(life: Life, ask: () => Promise<T>): Promise<T> {
    let answer: { readonly value: T } | { readonly error: unknown } | undefined;
    life.owner.process.enter(this.#clockwork, () =>
      ask().then(
        (value) => {
          answer = { value };
        },
        (error: unknown) => {
          answer = { error };
        },
      ),
    );
    await this.#clockwork.until(() => answer !== undefined || life.over, 60_000);
    if (answer === undefined) throw new Error(`${life.owner.process.name} does not answer`);
    if ("error" in answer) throw answer.error;
    return answer.value;
  }

  async #stopAll(): Promise<void> {
    this.#stopping = true;
    for (const life of this.#lives()) life.owner.process.enter(this.#clockwork, () => void life.engine?.stop());
    await this.#clockwork.until(() => this.#lives().length === 0, 60_000);
    if (this.#lives().length > 0) throw new Error("the engine does not stop");
    this.#stopping = false;
  }
}

/** Nobody asks for it in a story: that could not be told again from what is left of its log. */
const NOTHING_ERASED = { erasers: { log: notErased, output: notErased, dead: notErased }, failed: () => {} };
async function notErased(): Promise<never> {
  throw new Error("a story erases nothing");
}

/** Errors after which starting again is not what helps. Met twice, a person is asked. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  "LOG_CHANGED",
  "INPUT_LOST",
  "OUTPUT_DIFFERS",
  "OUTPUT_UNREADABLE",
  "SETTINGS_DIFFER",
  "PACK_REFUSED",
  "CLOCK_AHEAD",
  "CAPACITY",
]);

function countersOf(status: EngineStatus): Record<string, number> {
  const { messages, events, outcomes, deadByReason, dropped, transitions, triggers, withheld, deadlinesFired } = status;
  const flat: Record<string, number> = { messages, events, transitions, triggers, withheld, deadlinesFired };
  for (const [prefix, group] of [
    ["outcome.", outcomes],
    ["dead.", deadByReason],
    ["dropped.", dropped],
  ] as const)
    for (const [key, count] of Object.entries(group)) flat[prefix + key] = count;
  return flat;
}

export const describe = (error: unknown): string =>
  error instanceof TidemarkError ? `${error.code}: ${error.message}` : error instanceof Error ? (error.stack ?? error.message) : String(error);
