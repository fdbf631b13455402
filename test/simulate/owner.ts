// One life of an engine: a process on a machine, with its connection to the broker and its way to the disk. Whatever the engine does to
// the world passes here, takes its time, and meets its mishaps.
//
// The connection is a pipe: what is sent arrives in the order in which it was sent, and what was sent before the process ended
// may still arrive. When it breaks, what is on its way arrives up to some point and is lost from there; a new one takes a while.

import type { Dice } from "../model/naive/random-story.ts";
import type { Clockwork } from "./clockwork.ts";
import { Process } from "./clockwork.ts";
import type { Blow, Deed, Mishaps } from "./mishaps.ts";

/** How long a question waits for an answer before it is asked again, and how long a publish does. */
export const TIMEOUT_MS = 2000;
const RECONNECT_MS = 200;
/** A copy that is late comes after so much, at most. */
const LATE_MS = 6000;

export interface Place {
  readonly clockwork: Clockwork;
  readonly dice: Dice;
  readonly mishaps: Mishaps;
  /** What happened, in order: the same for the same seed. */
  readonly note: (line: string) => void;
}

export class Owner {
  readonly process: Process;
  readonly place: Place;
  /** Told when this life ends at a blow; `power`: with the machine. */
  readonly #ended: (power: boolean) => void;
  /** Of the connection: raised by every break. */
  session = 0;
  #up: PromiseWithResolvers<void> | undefined;
  #arrival = 0;
  #answer = 0;
  readonly #sessionEnds = new Set<() => void>();

  constructor(name: string, place: Place, ended: (power: boolean) => void) {
    this.process = new Process(name);
    this.place = place;
    this.#ended = ended;
  }

  end(power: boolean): void {
    if (this.process.dead) return;
    this.place.note(`${this.process.name} ends${power ? " in the dark" : ""}`);
    this.process.kill();
    // What it had sent and the system had not yet passed on goes with it.
    this.session++;
    this.#ended(power);
  }

  get connected(): boolean {
    return this.#up === undefined;
  }

  /** Told once when the connection breaks. */
  onCut(told: () => void): () => void {
    this.#sessionEnds.add(told);
    return () => this.#sessionEnds.delete(told);
  }

  cut(forMs = this.place.dice.real() * RECONNECT_MS): void {
    if (this.process.dead) return;
    this.session++;
    this.place.note(`${this.process.name} cut off`);
    const up = this.#up ?? Promise.withResolvers<void>();
    this.#up = up;
    const session = this.session;
    for (const told of [...this.#sessionEnds]) told();
    this.#sessionEnds.clear();
    this.place.clockwork.after(forMs, () => {
      if (this.session !== session) return;
      this.#up = undefined;
      up.resolve();
    });
  }

  /** What is sent from now on is on its way for so long, whatever becomes of the process. */
  holdTheWire(ms: number): void {
    this.#arrival = Math.max(this.#arrival, this.place.clockwork.now + ms);
  }

  /** Waits until there is a connection; as the process, which may be paused meanwhile. */
  async connection(): Promise<void> {
    while (this.#up !== undefined) {
      await this.#up.promise;
      await this.#asProcess();
    }
  }

  #asProcess(): Promise<void> {
    return new Promise((resolve) => this.place.clockwork.after(0, resolve, this.process));
  }

  /**
   * Sends something to the broker, once. `perform` is the broker's doing; the answer is what it gave, or "lost". With the blow
   * `late` and `lose answer` it is done and nobody hears of it; on a broken connection it may be done.
   */
  send<T>(deed: Deed, perform: (blow: Blow | undefined) => T | Promise<T>): Promise<T | "lost"> {
    const { clockwork, mishaps } = this.place;
    return new Promise((resolve, reject) => {
      if (this.process.dead) return;
      if (!this.connected) return void clockwork.after(0, () => resolve("lost"), this.process);
      const blow = mishaps.meet(deed);
      this.place.note(`${this.process.name} ${deed}${blow === undefined ? "" : ` (${blow})`}`);
      if (blow === "kill before" || blow === "power before") return this.end(blow === "power before");
      if (blow === "cut") this.cut();
      if (blow === "cut" || blow === "lose") return this.#timeOut(() => resolve("lost"), blow === "cut");
      const { session } = this;
      const lost = this.#lostIfCut(session, () => resolve("lost"));
      this.#arrival = Math.max(this.#arrival, clockwork.now + this.#latency());
      clockwork.after(blow === "late" ? this.place.dice.real() * LATE_MS : this.#arrival - clockwork.now, () => {
        // What was on its way when the connection broke is done or lost, and in order: the first to be lost takes the rest along.
        if (this.session !== session && blow !== "late" && this.#isSwallowed(session)) return;
        let answer: T | Promise<T>;
        try {
          answer = perform(blow);
          if (blow === "twice") perform(blow);
        } catch (error) {
          return void clockwork.after(this.#latency(), () => reject(error), this.process);
        }
        if (blow === "kill after" || blow === "power after") return this.end(blow === "power after");
        if (blow === "lose answer" || blow === "late") return;
        this.#answer = Math.max(this.#answer, clockwork.now + this.#latency());
        clockwork.after(
          this.#answer - clockwork.now,
          () => {
            if (this.session !== session) return;
            lost();
            resolve(answer);
          },
          this.process,
        );
      });
      if (blow === "lose answer" || blow === "late") {
        lost();
        this.#timeOut(() => resolve("lost"), false);
      }
    });
  }

  /** Asks the broker until it answers, as the real clients do. */
  async ask<T>(deed: Deed, perform: () => T | Promise<T>): Promise<T> {
    for (;;) {
      await this.connection();
      const answer = await this.send(deed, perform);
      if (answer !== "lost") return answer;
    }
  }

  /** One message of the log on its way here: true when it has come, false when it is lost and the connection with it. */
  deliver(): Promise<boolean> {
    const { clockwork, dice, mishaps } = this.place;
    return new Promise((resolve) => {
      if (this.process.dead) return;
      const blow = mishaps.meet("log message");
      if (blow !== undefined) this.place.note(`${this.process.name} log message (${blow})`);
      if (blow === "kill before" || blow === "kill after") return this.end(false);
      if (blow === "lose" || blow === "cut") this.cut();
      // Most come in bursts: several before anything else happens.
      clockwork.after(dice.chance(0.5) ? 0 : this.#latency(), () => resolve(blow === undefined), this.process);
    });
  }

  /** Does something to the disk of this machine: at once, and the answer takes a moment. */
  async disk<T>(deed: Deed, perform: (blow: Blow | undefined) => Promise<T>): Promise<T> {
    const { clockwork, mishaps, dice } = this.place;
    await new Promise<void>((resolve) => {
      if (this.process.dead) return;
      clockwork.after(dice.real() * 0.2, resolve, this.process);
    });
    const blow = mishaps.meet(deed);
    this.place.note(`${this.process.name} ${deed}${blow === undefined ? "" : ` (${blow})`}`);
    if (blow === "kill before" || blow === "power before") {
      this.end(blow === "power before");
      return new Promise(() => {});
    }
    const done = perform(blow);
    if (blow === "kill after" || blow === "power after") {
      await done;
      this.end(blow === "power after");
      return new Promise(() => {});
    }
    return done;
  }

  /** A worker's turn: one after another for each lane, each taking a moment. */
  worker<T>(lane: { freeAt: number }, perform: (blow: Blow | undefined) => T): Promise<T> {
    const { clockwork, dice, mishaps } = this.place;
    return new Promise((resolve, reject) => {
      if (this.process.dead) return;
      lane.freeAt = Math.max(lane.freeAt, clockwork.now) + dice.real() * 2;
      clockwork.after(
        lane.freeAt - clockwork.now,
        () => {
          const blow = mishaps.meet("worker");
          this.place.note(`${this.process.name} worker${blow === undefined ? "" : ` (${blow})`}`);
          if (blow === "kill before") return this.end(false);
          try {
            const answer = perform(blow);
            if (blow === "kill after") return this.end(false);
            clockwork.after(dice.real() * 0.5, () => resolve(answer), this.process);
          } catch (error) {
            reject(error);
          }
        },
        this.process,
      );
    });
  }

  #latency(): number {
    const { dice } = this.place;
    return dice.chance(0.03) ? dice.real() * 60 : dice.real() * 1.5;
  }

  #timeOut(run: () => void, soon: boolean): void {
    this.place.clockwork.after(soon ? 0 : TIMEOUT_MS, run, this.process);
  }

  #lostIfCut(session: number, told: () => void): () => void {
    if (this.session !== session) return () => {};
    return this.onCut(() => this.#timeOut(told, true));
  }

  readonly #swallowed = new Set<number>();

  #isSwallowed(session: number): boolean {
    if (!this.#swallowed.has(session) && this.place.dice.chance(0.4)) this.#swallowed.add(session);
    return this.#swallowed.has(session);
  }
}
