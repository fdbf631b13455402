// Whether a stored message is about a contact, and about nobody else: what may be erased of the streams when the contact is to be
// forgotten. It is judged as a log is read (frame-split.ts), so that whatever would be an event of the contact is found in
// every form in which it can be sent.
//
// The contact is known by its hashes, and every id that a message names is held against them. Whoever was asked knows the ids in plain as
// long as it lives: then most messages do not have one anywhere in their bytes, and are done with at that, and what cannot be read is
// searched as bytes. Without them, what cannot be read is looked through word by word; where no word is the id nobody can say
// that it is not in there, and that is what is answered.

import type { CloudEventAttributes } from "../model/cloud-event.ts";
import { contactHash, contactProbe } from "../model/contact-hash.ts";
import { contactField, idField } from "../model/contact-id.ts";
import { parseIdentity } from "../model/effect.ts";
import { HEAD, HEAD_PATHS } from "../model/event-head.ts";
import { type SoughtContact, soughtContact } from "../model/forget.ts";
import { CONTACT_KINDS, type ContactKey, type EpochMs, position } from "../model/ids.ts";
import { PathScanner } from "../model/json-paths.ts";
import { skipSpace } from "../model/json-scan.ts";
import type { Settings } from "../model/settings.ts";
import { unpackRecords } from "../partition/pair-records.ts";
import { idsOf, unpackPeople } from "../partition/people-records.ts";
import { EventList } from "./frame-events.ts";
import { Splitter } from "./frame-split.ts";

/** `only`: about the contact and nobody else; `too`: about others as well; `unread`: it cannot be read, and may have the id somewhere. */
export type Mention = "none" | "only" | "too" | "unread";

/** All ids of the one contact. */
export interface Sought {
  readonly contacts: readonly SoughtContact[];
  /** The same in plain; absent where nobody knows them any more. */
  readonly keys?: readonly ContactKey[];
}

export const soughtByName = (keys: readonly ContactKey[]): Sought => ({ contacts: keys.map(soughtContact), keys });

/** A message as it is stored; of the log, of the output or of the dead letters. */
export interface StoredBytes {
  readonly contentType: string;
  readonly storedMs: EpochMs;
  /** Of a CloudEvent in binary mode: its subject may be whose event it is. */
  readonly cloudEvent?: CloudEventAttributes;
  readonly data: Uint8Array;
}

export class Mentions {
  readonly #hashes: ReadonlySet<string>;
  readonly #probes: ReadonlySet<number>;
  readonly #kinds: ReadonlySet<ContactKey["kind"]>;
  /** Bytes of the ids; null where they are not known. */
  readonly #ids: readonly Buffer[] | null;
  /** An id that reads as a number may be sent as one, in bytes that do not look like it. */
  readonly #isNumber: boolean;
  readonly #list = new EventList();
  readonly #splitter: Splitter;
  readonly #head = new PathScanner(HEAD_PATHS);

  constructor({ contacts, keys }: Sought, settings: Settings) {
    this.#hashes = new Set(contacts.map(({ hash }) => hash));
    this.#probes = new Set(contacts.map(({ probe }) => probe));
    this.#kinds = new Set(contacts.map(({ kind }) => kind));
    this.#ids = keys?.map(({ id }) => Buffer.from(id)) ?? null;
    this.#isNumber = keys?.some(({ id }) => Number.isFinite(Number(id))) === true;
    this.#splitter = new Splitter(settings, this.#list);
  }

  /** Of a message on the log's event subjects. */
  inLog(message: StoredBytes): Mention {
    if (message.cloudEvent?.subject === undefined && !this.#mayBeIn(message.data)) return "none";
    this.#splitter.split({ ...message, position: position(0), subject: "" });
    const list = this.#list;
    let own = 0;
    let unread = 0;
    for (let index = 0; index < list.length; index++) {
      const partition = list.partitions[index] as number;
      const mention =
        partition < 0
          ? this.#ofDead(list.dead[~partition]?.body)
          : this.#isOfContact(list.sources[index] as Uint8Array, list.starts[index] as number, list.ends[index] as number);
      if (mention === "unread") unread++;
      else if (mention === "only" || mention === true) own++;
    }
    if (own === 0) return unread === 0 ? "none" : "unread";
    return own === list.length ? "only" : "too";
  }

  /** Of a message with records between partitions. */
  ofRecords(data: Uint8Array): Mention {
    if (!this.#mayBeIn(data)) return "none";
    const records = unpackRecords(data) ?? [];
    const own = records.filter(({ body }) => {
      const record = unpackPeople(body);
      return record.kind !== "void" && idsOf(record).some((id) => this.#isSought(id));
    });
    return own.length === 0 ? "none" : own.length === records.length ? "only" : "too";
  }

  /** Of an effect. One that is about another person, and names the contact among the ids of that person, stays. */
  inOutput(body: Uint8Array): Mention {
    if (!this.#mayBeIn(body)) return "none";
    const { subject, data } = parsed(body) as { subject?: unknown; data?: { contact?: { kind?: unknown; alsoKnownAs?: unknown } } };
    const kind = CONTACT_KINDS.find((one) => one === data?.contact?.kind);
    if (kind !== undefined && typeof subject === "string" && this.#isSought({ kind, id: subject })) return "only";
    const aliases: unknown = data?.contact?.alsoKnownAs;
    return Array.isArray(aliases) && aliases.some((alias) => typeof alias === "string" && this.#isSoughtId(alias)) ? "too" : "none";
  }

  /** Of a dead letter: the contact's, as far as it can be read; where it cannot, one that has the id in its bytes, or among its words. */
  inDeadLetter(message: StoredBytes): Mention {
    return this.#ofDead(message.data);
  }

  #ofDead(body: Uint8Array | undefined): "none" | "only" | "unread" {
    if (body === undefined || body.length === 0 || !this.#mayBeIn(body)) return "none";
    const start = skipSpace(body, 0, body.length);
    const isRead = this.#head.scan(body, start, body.length) >= 0 && contactField(body, this.#head) >= 0;
    if (isRead) return this.#isOfHead(body) ? "only" : "none";
    const parts = [asBuffer(body), ...binaryData(asBuffer(body))];
    const ids = this.#ids;
    if (ids !== null) return parts.some((part) => isAnyIn(ids, part)) ? "only" : "none";
    return parts.some((part) => wordsOf(part).some((word) => this.#isSoughtId(word))) ? "only" : "unread";
  }

  #isOfContact(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#head.scan(bytes, skipSpace(bytes, start, end), end) >= 0 && this.#isOfHead(bytes);
  }

  #isOfHead(bytes: Uint8Array): boolean {
    const field = contactField(bytes, this.#head);
    if (field < 0) return false;
    const kind = field === HEAD.userId ? "user" : "anonymous";
    return this.#isSought({ kind, id: idField(bytes, this.#head, field)?.toWellFormed() ?? "" });
  }

  /** The id as it is, or anything that may stand for a character of it. */
  #mayBeIn(data: Uint8Array): boolean {
    if (this.#ids === null || this.#isNumber || isAnyIn(this.#ids, data)) return true;
    const bytes = asBuffer(data);
    return bytes.includes(ESCAPE) || bytes.includes(BINARY_DATA);
  }

  #isSought(contact: ContactKey): boolean {
    return this.#kinds.has(contact.kind) && this.#probes.has(contactProbe(contact)) && this.#hashes.has(contactHash(contact));
  }

  /** Whatever kind of id it is. */
  #isSoughtId(id: string): boolean {
    return CONTACT_KINDS.some((kind) => this.#isSought({ kind, id }));
  }
}

const asBuffer = (data: Uint8Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.length);
const isAnyIn = (ids: readonly Buffer[], data: Uint8Array): boolean => ids.some((id) => asBuffer(data).includes(id));

/** What in these bytes may be an id: what stands in quotes, and what stands between spaces and the signs of JSON, addresses and forms. */
function wordsOf(body: Uint8Array): string[] {
  const text = asBuffer(body).toString("utf8");
  const quoted = Array.from(text.matchAll(QUOTED), ([word]) => parsed(Buffer.from(word))).filter((word) => typeof word === "string");
  return [...quoted, ...text.split(BETWEEN_WORDS)];
}

const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const BETWEEN_WORDS = /[\s"'{}[\]<>(),;:=&?]+/;

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

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8")) ?? {};
  } catch {
    return {};
  }
}
