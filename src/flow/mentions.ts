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
import { unpackRecords } from "../partition/pair-records.ts";
import { idsOf, unpackPeople } from "../partition/people-records.ts";
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
  readonly #keys: readonly ContactKey[];
  readonly #names: ReadonlySet<string>;
  readonly #ids: readonly Buffer[];
  /** An id that reads as a number may be sent as one, in bytes that do not look like it. */
  readonly #isNumber: boolean;
  readonly #list = new EventList();
  readonly #splitter: Splitter;
  readonly #head = new PathScanner(HEAD_PATHS);

  /** `keys`: all ids of the one contact. */
  constructor(keys: readonly ContactKey[], settings: Settings) {
    this.#keys = keys;
    this.#names = new Set(keys.map(nameOf));
    this.#ids = keys.map(({ id }) => Buffer.from(id));
    this.#isNumber = keys.some(({ id }) => Number.isFinite(Number(id)));
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

  /** Of a message with records between partitions. */
  ofRecords(data: Uint8Array): Mention {
    if (!this.#mayBeIn(data)) return "none";
    const records = unpackRecords(data) ?? [];
    const own = records.filter(({ body }) => {
      const record = unpackPeople(body);
      return record.kind !== "void" && idsOf(record).some((id) => this.#names.has(nameOf(id)));
    });
    return own.length === 0 ? "none" : own.length === records.length ? "only" : "too";
  }

  /** Of an effect. One that is about another person, and names the contact among the ids of that person, stays. */
  inOutput(body: Uint8Array): Mention {
    if (!this.#mayBeIn(body)) return "none";
    const { subject, data } = parsed(body) as { subject?: unknown; data?: { contact?: { kind?: unknown; alsoKnownAs?: unknown } } };
    if (this.#names.has(`${data?.contact?.kind} ${subject}`)) return "only";
    const aliases = data?.contact?.alsoKnownAs;
    return Array.isArray(aliases) && this.#keys.some(({ id }) => aliases.includes(id)) ? "too" : "none";
  }

  /** Of a dead letter: the contact's, as far as it can be read; where it cannot, one that has the id in its bytes. */
  inDeadLetter(message: StoredBytes): Mention {
    return this.#isDeadOfContact(message.data) ? "only" : "none";
  }

  #isDeadOfContact(body: Uint8Array | undefined): boolean {
    if (body === undefined || !this.#mayBeIn(body)) return false;
    const start = skipSpace(body, 0, body.length);
    const isRead = this.#head.scan(body, start, body.length) >= 0 && contactField(body, this.#head) >= 0;
    return isRead ? this.#isOfHead(body) : this.#isIn(body);
  }

  #isOfContact(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#head.scan(bytes, skipSpace(bytes, start, end), end) >= 0 && this.#isOfHead(bytes);
  }

  #isOfHead(bytes: Uint8Array): boolean {
    const field = contactField(bytes, this.#head);
    if (field < 0) return false;
    const kind = field === HEAD.userId ? "user" : "anonymous";
    return this.#names.has(nameOf({ kind, id: idField(bytes, this.#head, field)?.toWellFormed() ?? "" }));
  }

  /** The id as it is, or anything that may stand for a character of it. */
  #mayBeIn(data: Uint8Array): boolean {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
    return this.#isNumber || this.#ids.some((id) => bytes.includes(id)) || bytes.includes(ESCAPE) || bytes.includes(BINARY_DATA);
  }

  #isIn(data: Uint8Array): boolean {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
    return [bytes, ...binaryData(bytes)].some((part) => this.#ids.some((id) => part.includes(id)));
  }
}

/** Whether an effect was caused by a message before this position. */
export const isCausedBefore = (identity: string, before: number): boolean => (parseIdentity(identity)?.position ?? before) < before;

const ESCAPE = "\\";
const BINARY_DATA = "data_base64";

/** What CloudEvents hold as base64, also where what they stand in is broken. */
function binaryData(bytes: Buffer): Buffer[] {
  if (!bytes.includes(BINARY_DATA)) return [];
  return [...bytes.toString("latin1").matchAll(BASE64_MEMBER)].map(([, text = ""]) => Buffer.from(text.replaceAll("\\", ""), "base64"));
}

const BASE64_MEMBER = /"data_base64"\s*:\s*"([A-Za-z0-9+/\\]*)/g;
const nameOf = ({ kind, id }: ContactKey): string => `${kind} ${id}`;

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8")) ?? {};
  } catch {
    return {};
  }
}
