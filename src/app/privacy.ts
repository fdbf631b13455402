// What a person may ask, on a running engine: to be forgotten, and to see what is held. A request to forget is a record in the log
// (model/forget.ts); the engine applies it, takes checkpoints until none of before is kept (forgets.ts), and then what was asked for is
// erased from the streams (erasing.ts). The id is known in this process alone, and only as long as that takes: it stands in no record.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { contactHash } from "../model/contact-hash.ts";
import { forgetRecord, MAX_FORGET } from "../model/forget.ts";
import type { ContactKey } from "../model/ids.ts";
import { type Log, logSubjects } from "../model/log.ts";
import type { Erasable, ForgetStatus, Privacy } from "../model/privacy.ts";
import { isErased } from "../partition/erasures.ts";
import type { Erasing } from "./erasing.ts";
import type { RunningEngine } from "./running-engine.ts";

export interface PrivacyParts {
  /** Resolves when it runs. */
  readonly engine: Promise<RunningEngine>;
  readonly log: Pick<Log, "append">;
  readonly shard: string;
  readonly erasing: Erasing;
  /** What the output stream has about the contact. */
  readonly published: (key: ContactKey) => Promise<unknown>;
}

/** Requests of which this process knows what it wrote; of an older one the fold is asked. */
const REQUESTS_KEPT = 10_000;

type Requested = Pick<ForgetStatus, "request" | "kind" | "hash" | "others" | "position" | "erase">;

export class EnginePrivacy implements Privacy {
  readonly #parts: PrivacyParts;
  readonly #requests = new LRUCache<string, Requested>({ max: REQUESTS_KEPT });

  constructor(parts: PrivacyParts) {
    this.#parts = parts;
  }

  async forget(key: ContactKey, erase: readonly Erasable[], waitMs: number): Promise<ForgetStatus> {
    const { log, shard, erasing } = this.#parts;
    const engine = await this.#parts.engine;
    const request = randomUUID();
    const keys = await everyIdOf(engine, key);
    const record = forgetRecord(keys, request, erase);
    const [{ kind, hash }, ...others] = record.contacts;
    if (erase.length > 0) erasing.expect(request, keys);
    const position = await log.append(logSubjects(shard).forget, Buffer.from(JSON.stringify(record)));
    if (position === undefined) throw new Error("a record without conditions was refused");
    this.#requests.set(request, {
      request,
      kind,
      hash,
      ...(others.length === 0 ? {} : { others: others.map((other) => other.hash) }),
      position,
      ...(erase.length === 0 ? {} : { erase }),
    });
    await Promise.race([this.#whenDone(engine, request, position, erase), sleep(waitMs, undefined, { ref: false })]);
    return (await this.status(request)) as ForgetStatus;
  }

  async status(request: string): Promise<ForgetStatus | undefined> {
    const { forgets, pool } = await this.#parts.engine;
    const remembered = await pool.forgetOf(request);
    const { found, takenBack } = forgets.answer(request) ?? {};
    const known = { ...remembered, ...this.#requests.get(request) };
    if (known.hash === undefined || known.position === undefined) return undefined;
    const { kind, hash, others, position, erase = [] } = known;
    const erased = { ...this.#parts.erasing.erased(request), ...remembered?.erased };
    const isAll = isErased({ erase, erased });
    const problem = isAll ? undefined : this.#parts.erasing.problem(request);
    const state = remembered === null && found === undefined ? "recorded" : this.#stateOf(forgets.goneUpTo >= position, isAll, problem);
    return {
      request,
      state,
      ...(kind === undefined ? {} : { kind }),
      hash,
      ...(others === undefined ? {} : { others }),
      position,
      ...(found === undefined ? {} : { found }),
      ...(takenBack === undefined ? {} : { takenBack }),
      ...(erase.length === 0 ? {} : { erase, erased }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  #stateOf(isGone: boolean, isAll: boolean, problem: string | undefined): ForgetStatus["state"] {
    if (isGone && isAll) return "done";
    return problem === undefined ? "applied" : "failed";
  }

  async export(key: ContactKey): Promise<unknown | undefined> {
    const { pool } = await this.#parts.engine;
    const held = await pool.held(key);
    if (held === null) return undefined;
    const { kind, id } = held.contact;
    return { hash: contactHash({ kind, id }), state: held, published: await this.#parts.published({ kind, id }) };
  }

  async #whenDone({ forgets }: RunningEngine, request: string, position: number, erase: readonly Erasable[]): Promise<void> {
    await forgets.whenApplied(request);
    await forgets.whenGone(position);
    if (erase.length > 0) await this.#parts.erasing.whenTried(request);
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
