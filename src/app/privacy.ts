// What a person may ask, on a running engine: to be forgotten, and to see what is held. A request to forget is a record in the log
// (model/forget.ts); the engine applies it, takes checkpoints until none of before is kept (forgets.ts), and then what was asked for is
// erased from the streams. The id is known here only as long as that takes: it stands in no record, and a process that dies on the
// way leaves the rest of the erasing to whoever asks again.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { contactHash } from "../model/contact-hash.ts";
import { forgetRecord, MAX_FORGET } from "../model/forget.ts";
import type { ContactKey } from "../model/ids.ts";
import { type Log, logSubjects } from "../model/log.ts";
import type { Erasable, Erased, ForgetStatus, Privacy } from "../model/privacy.ts";
import type { RunningEngine } from "./running-engine.ts";

/** What is erased from one stream. `before`: messages of the log's positions below it, and what they have caused. */
export type Eraser = (keys: readonly ContactKey[], before: number) => Promise<Erased>;

export interface PrivacyParts {
  /** Resolves when it runs. */
  readonly engine: Promise<RunningEngine>;
  readonly log: Pick<Log, "append">;
  readonly shard: string;
  readonly erasers: Readonly<Record<Erasable, Eraser>>;
  /** What the output stream has about the contact. */
  readonly published: (key: ContactKey) => Promise<unknown>;
}

/** Requests whose progress is remembered; of an older one the tombstone is asked. */
const REQUESTS_KEPT = 10_000;

export class EnginePrivacy implements Privacy {
  readonly #parts: PrivacyParts;
  readonly #requests = new LRUCache<string, ForgetStatus>({ max: REQUESTS_KEPT });

  constructor(parts: PrivacyParts) {
    this.#parts = parts;
  }

  async forget(key: ContactKey, erase: readonly Erasable[], waitMs: number): Promise<ForgetStatus> {
    const engine = await this.#parts.engine;
    const request = randomUUID();
    const keys = await everyIdOf(engine, key);
    const record = forgetRecord(keys, request);
    const [{ hash }, ...others] = record.contacts;
    const position = await this.#parts.log.append(logSubjects(this.#parts.shard).forget, Buffer.from(JSON.stringify(record)));
    if (position === undefined) throw new Error("a record without conditions was refused");
    this.#note({
      request,
      state: "recorded",
      kind: keys[0].kind,
      hash,
      ...(others.length === 0 ? {} : { others: others.map((other) => other.hash) }),
      position,
    });
    const done = this.#follow(engine, keys, erase, request, position);
    await Promise.race([done, sleep(waitMs, undefined, { ref: false })]);
    return this.#requests.get(request) as ForgetStatus;
  }

  async status(request: string): Promise<ForgetStatus | undefined> {
    const known = this.#requests.get(request);
    if (known !== undefined) return known;
    const { forgets, pool } = await this.#parts.engine;
    const tombstone = await pool.forgetOf(request);
    if (tombstone === null) return undefined;
    const { hash, position } = tombstone;
    const { found, takenBack } = forgets.answer(request) ?? {};
    const state = forgets.goneUpTo >= position ? "done" : "applied";
    return { request, state, hash, position, ...(found === undefined ? {} : { found }), ...(takenBack === undefined ? {} : { takenBack }) };
  }

  async export(key: ContactKey): Promise<unknown | undefined> {
    const { pool } = await this.#parts.engine;
    const held = await pool.held(key);
    if (held === null) return undefined;
    const { kind, id } = held.contact;
    return { hash: contactHash({ kind, id }), state: held, published: await this.#parts.published({ kind, id }) };
  }

  #note(status: ForgetStatus): void {
    this.#requests.set(status.request, status);
  }

  async #follow({ forgets }: RunningEngine, keys: readonly ContactKey[], erase: readonly Erasable[], request: string, position: number): Promise<void> {
    const { found, takenBack } = await forgets.whenApplied(request);
    const applied = { ...(this.#requests.get(request) as ForgetStatus), state: "applied", found, takenBack } as const;
    this.#note(applied);
    await forgets.whenGone(position);
    const erased: Partial<Record<Erasable, Erased>> = {};
    try {
      for (const what of erase) erased[what] = await this.#parts.erasers[what](keys, position);
      this.#note({ ...applied, state: "done", ...(erase.length === 0 ? {} : { erased }) });
    } catch (error) {
      this.#note({ ...applied, state: "failed", erased, problem: error instanceof Error ? error.message : String(error) });
    }
  }
}

/** The person that the id leads to, the id itself, and what else the person is known by. */
async function everyIdOf({ pool }: Pick<RunningEngine, "pool">, key: ContactKey): Promise<readonly [ContactKey, ...ContactKey[]]> {
  const held = await pool.held(key);
  if (held === null) return [key];
  const { kind, id } = held.contact;
  const all = new Map([{ kind, id }, key, ...held.ids].map((one) => [`${one.kind} ${one.id}`, { kind: one.kind, id: one.id }]));
  const [person = key, ...others] = all.values();
  return [person, ...others.slice(0, MAX_FORGET - 1)];
}
