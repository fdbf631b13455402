// Whether a stored message is about a contact, and about nobody else: what may be erased of the streams when the contact is to be
// forgotten. It is judged as a log is read (frame-split.ts), so that whatever would be an event of the contact is found in
// every form in which it can be sent.
//
// Most messages do not have the id anywhere in their bytes, and are done with at that.

import { contactField, idField } from "../model/contact-id.ts";
import { parseIdentity } from "../model/effect.ts";
import { HEAD, HEAD_PATHS } from "../model/event-head.ts";
import { type ContactKey, type EpochMs, position } from "../model/ids.ts";
import { PathScanner } from "../model/json-paths.ts";
import { skipSpace } from "../model/json-scan.ts";
import type { Settings } from "../model/settings.ts";
import { EventList } from "./frame-events.ts";
import { Splitter } from "./frame-split.ts";

/** `only`: about the contact and nobody else; `too`: about others as well. */
export type Mention = "none" | "only" | "too";

/** A message as it is stored; of the log, of the output or of the dead letters. */
export interface StoredBytes {
  readonly contentType: string;
  readonly storedMs: EpochMs;
  readonly data: Uint8Array;
}

export class Mentions {
  readonly #key: ContactKey;
  readonly #id: Buffer;
  /** The id as it stands in JSON, which may escape some of its characters, with its quotes. */
  readonly #quoted: Buffer;
  /** An id that reads as a number may be sent as one, in bytes that do not look like it. */
  readonly #isNumber: boolean;
  readonly #list = new EventList();
  readonly #splitter: Splitter;
  readonly #head = new PathScanner(HEAD_PATHS);

  constructor(key: ContactKey, settings: Settings) {
    this.#key = key;
    this.#id = Buffer.from(key.id);
    this.#quoted = Buffer.from(JSON.stringify(key.id));
    this.#isNumber = Number.isFinite(Number(key.id));
    this.#splitter = new Splitter(settings, this.#list);
  }

  /** Of a message on the log's event subjects. */
  inLog(message: StoredBytes): Mention {
    if (!this.#mayBeIn(message.data)) return "none";
    this.#splitter.split({ ...message, position: position(0), subject: "" });
    const list = this.#list;
    let own = 0;
    for (let index = 0; index < list.length; index++) {
      const partition = list.partitions[index] as number;
      const source = list.sources[index] as Uint8Array;
      const isOwn =
        partition < 0
          ? this.#isDeadOfContact(list.dead[~partition]?.body)
          : this.#isOfContact(source, list.starts[index] as number, list.ends[index] as number);
      if (isOwn) own++;
    }
    return own === 0 ? "none" : own === list.length ? "only" : "too";
  }

  /** Of an effect. One that is about another person, and names the contact among the ids of that person, stays. */
  inOutput(body: Uint8Array): Mention {
    if (!Buffer.from(body.buffer, body.byteOffset, body.length).includes(this.#quoted)) return "none";
    const { subject, data } = parsed(body) as { subject?: unknown; data?: { contact?: { kind?: unknown; alsoKnownAs?: unknown } } };
    if (subject === this.#key.id && data?.contact?.kind === this.#key.kind) return "only";
    const aliases = data?.contact?.alsoKnownAs;
    return Array.isArray(aliases) && aliases.includes(this.#key.id) ? "too" : "none";
  }

  /** Of a dead letter: the contact's, as far as it can be read; where it cannot, one that has the id in its bytes. */
  inDeadLetter(message: StoredBytes): Mention {
    return this.#isDeadOfContact(message.data) ? "only" : "none";
  }

  #isDeadOfContact(body: Uint8Array | undefined): boolean {
    if (body === undefined || !this.#mayBeIn(body)) return false;
    const start = skipSpace(body, 0, body.length);
    if (this.#head.scan(body, start, body.length) < 0) return true;
    return contactField(body, this.#head) < 0 || this.#isOfHead(body);
  }

  #isOfContact(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#head.scan(bytes, skipSpace(bytes, start, end), end) >= 0 && this.#isOfHead(bytes);
  }

  #isOfHead(bytes: Uint8Array): boolean {
    const field = contactField(bytes, this.#head);
    const kind = field === HEAD.userId ? "user" : "anonymous";
    return field >= 0 && kind === this.#key.kind && idField(bytes, this.#head, field)?.toWellFormed() === this.#key.id;
  }

  /** The id as it is, or anything that may stand for a character of it. */
  #mayBeIn(data: Uint8Array): boolean {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
    return this.#isNumber || bytes.includes(this.#id) || bytes.includes(ESCAPE);
  }
}

/** Whether an effect, or a dead letter, was caused by a message before this position. */
export function isCausedBefore(identity: string, before: number): boolean {
  const effect = parseIdentity(identity);
  if (effect !== undefined) return effect.position < before;
  const letter = /^.+-(\d+)-\d+$/.exec(identity);
  return letter !== null && Number(letter[1]) < before;
}

const ESCAPE = "\\";

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8")) ?? {};
  } catch {
    return {};
  }
}
