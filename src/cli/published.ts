// What a shard has published, read back from its output stream: the newest so many messages and none before them, so that the
// answer costs the same however long the stream is. It says how far it looked.

import type { Config } from "../app/config.ts";
import { isoTime, outputSequence } from "../model/ids.ts";
import { JetStreamOutput } from "../nats/jetstream-output.ts";
import { streamsExist } from "../nats/streams.ts";
import { withBroker } from "./broker.ts";

/** A transition, trigger, withheld trigger or outcome, as far as commands read it. */
export interface Published {
  readonly subject?: string;
  readonly type?: string;
  readonly time?: string;
  readonly data?: Readonly<Record<string, unknown>> & { readonly contact?: { readonly id?: string; readonly kind?: string } };
}

export interface Looked {
  /** Messages looked at, and whether the stream holds more before them. */
  readonly messages: number;
  readonly more: boolean;
  /** Time of the oldest that was looked at; null where there was none. */
  readonly since: string | null;
}

/** Hands on every message whose bytes hold `sought`, from the oldest of the newest `most` to the newest. Throws BROKER_UNREACHABLE. */
export async function lookBack(config: Config, most: number, sought: string | null, take: (event: Published, subject: string) => void): Promise<Looked> {
  return withBroker(config, "explain", async (broker) => {
    const output = new JetStreamOutput(broker, config.shard);
    if ((await streamsExist(broker, [output.stream])).length === 0) return { messages: 0, more: false, since: null };
    const { first, last } = await output.state();
    const from = Math.max(first, last - most + 1);
    const needle = sought === null ? null : Buffer.from(JSON.stringify(sought).slice(1, -1));
    let messages = 0;
    let since: string | null = null;
    for await (const { body, subject } of output.range(outputSequence(from), last)) {
      messages++;
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      const wanted = needle === null || bytes.includes(needle);
      if (!wanted && since !== null) continue;
      const event = parsed(bytes);
      since ??= event.time ?? null;
      if (wanted) take(event, subject);
    }
    output.close();
    return { messages, more: from > first, since };
  });
}

function parsed(bytes: Buffer): Published {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** `2026-11-20 09:00:00`. */
export const shortTime = (time: string | undefined): string => (time ?? isoTime(0)).slice(0, 19).replace("T", " ");
