// Which ids an event ties together (docs/identity.md "Ties"): its anonymous id to its user id, and the previousId of an alias to its
// user id. Read from the spans that framing has found anyway; for ids without escapes, which nearly all are, the bytes go on as they
// came. An id that cannot be one (forbidden, too long) ties nothing, and its event stands as if it were not there.

import { contactField, idBytesOf, isPlainId } from "../model/contact-id.ts";
import { HEAD, isGiven, type Spans, typeOf } from "../model/event-head.ts";
import { partitionOfBytes } from "../model/partition-of.ts";
import type { Settings } from "../model/settings.ts";
import { OLD_ANONYMOUS, OLD_USER, readTie, type TieList } from "../partition/ties.ts";
import { FRAME } from "./frame-fields.ts";
import type { TieWatch } from "./tie-watch.ts";

export class TieFinder {
  readonly #all: boolean;
  readonly #idBytes: number;
  readonly #list: TieList;
  readonly #watch: TieWatch | undefined;

  constructor(settings: Settings, list: TieList, watch?: TieWatch) {
    this.#all = settings.identity.ties === "all";
    this.#idBytes = settings.limits.id_bytes;
    this.#list = list;
    this.#watch = watch;
  }

  /** `event`: its index among the entries of the message. The spans are of `bytes`. */
  find(bytes: Uint8Array, spans: Spans, event: number): void {
    const before = this.#list.length;
    if (this.#all && isGiven(bytes, spans, HEAD.anonymousId) && isGiven(bytes, spans, HEAD.userId))
      this.#tie(bytes, spans, HEAD.anonymousId, OLD_ANONYMOUS, event);
    if (isGiven(bytes, spans, FRAME.previousId) && typeOf(bytes, spans) === "alias") this.#tie(bytes, spans, FRAME.previousId, OLD_ANONYMOUS | OLD_USER, event);
    if (this.#watch !== undefined) this.#tell(this.#watch, bytes, spans, before);
  }

  #tie(bytes: Uint8Array, spans: Spans, field: number, kinds: number, event: number): void {
    if (!isPlainId(bytes, spans, field) || !isPlainId(bytes, spans, HEAD.userId)) return this.#tieOdd(bytes, spans, field, kinds, event);
    const [start, end] = [(spans.starts[field] as number) + 1, (spans.ends[field] as number) - 1];
    const [userStart, userEnd] = [(spans.starts[HEAD.userId] as number) + 1, (spans.ends[HEAD.userId] as number) - 1];
    if (end - start > this.#idBytes || userEnd - userStart > this.#idBytes) return;
    this.#list.add(event, kinds, partitionOfBytes(bytes, start, end), bytes, start, end, bytes, userStart, userEnd);
  }

  /** Numbers, escapes, and what looks like nobody's. */
  #tieOdd(bytes: Uint8Array, spans: Spans, field: number, kinds: number, event: number): void {
    const user = this.#id(bytes, spans, HEAD.userId);
    const old = user === undefined ? undefined : this.#id(bytes, spans, field);
    if (user === undefined || old === undefined) return;
    this.#list.add(event, kinds, partitionOfBytes(old, 0, old.length), old, 0, old.length, user, 0, user.length);
  }

  #id(bytes: Uint8Array, spans: Spans, field: number): Uint8Array | undefined {
    const id = idBytesOf(bytes, spans, field);
    return id === undefined || id.length > this.#idBytes ? undefined : id;
  }

  #tell(watch: TieWatch, bytes: Uint8Array, spans: Spans, from: number): void {
    const field = contactField(bytes, spans);
    const id = idBytesOf(bytes, spans, field);
    if (id !== undefined) watch.event({ kind: field === HEAD.userId ? "user" : "anonymous", id: Buffer.from(id).toString("utf8") });
    for (let tie = from; tie < this.#list.length; tie++) {
      const { old, to } = readTie(this.#list.bytes, this.#list.startOf(tie), this.#list.ends[tie] as number);
      for (const one of old) watch.tie(one, to);
    }
  }
}
