// The NATS client protocol, as much of it as a proxy must know: where one message ends and the next begins, in both directions,
// however the bytes come in. A frame keeps its bytes as they were. What frames mean is not here.

export interface Frame {
  /** `PUB`, `HPUB`, `MSG`, `HMSG`, `PING`, `INFO`, … */
  readonly verb: string;
  readonly subject: string;
  /** Reply subject; "" where there is none. */
  readonly reply: string;
  /** All of it, with its line ends. */
  readonly bytes: Buffer;
  /** Of these bytes the line; the rest is payload. */
  readonly lineBytes: number;
}

const LINE_END = Buffer.from("\r\n");
/** Words of a line that carries a payload, without and with a reply. */
const WITH_PAYLOAD: Readonly<Record<string, readonly [number, number]>> = { PUB: [3, 4], HPUB: [4, 5], MSG: [4, 5], HMSG: [5, 6] };

export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** Every frame that is whole by now. */
  push(chunk: Buffer): Frame[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    const end = this.#rest.indexOf(LINE_END);
    if (end < 0) return undefined;
    const words = this.#rest.toString("latin1", 0, end).split(/[ \t]+/);
    const verb = (words[0] ?? "").toUpperCase();
    const lineBytes = end + LINE_END.length;
    const payload = WITH_PAYLOAD[verb];
    const length = lineBytes + (payload === undefined ? 0 : Number(words.at(-1)) + LINE_END.length);
    if (this.#rest.length < length) return undefined;
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    if (payload === undefined) return { verb, subject: "", reply: "", bytes, lineBytes };
    const hasReply = words.length === payload[1];
    // After the subject, what comes from the server has the number of the subscription.
    const replyAt = verb.endsWith("MSG") ? 3 : 2;
    return { verb, subject: words[1] ?? "", reply: hasReply ? (words[replyAt] ?? "") : "", bytes, lineBytes };
  }
}
