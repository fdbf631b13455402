// What a stream holds now, from one end to the other, once: for comparisons, and for looking for something in all of it. It survives
// re-connects. Reading on for ever is log-reader.ts.

import type { Msg } from "@nats-io/transport-node";
import type { EpochMs } from "../model/ids.ts";
import type { Broker } from "./connection.ts";
import { patiently } from "./failures.ts";
import { openPullSession, type PullSession } from "./pull-session.ts";

/** Makes of a delivered message what the scan gives. */
export type AsScanned<T> = (message: Msg, data: Uint8Array, sequence: number, storedMs: EpochMs) => T;

/** In order, what is stored in [from, to]; sequences that are gone are skipped. `to` may not be beyond the stream's last. */
export async function* scanStream<T extends { readonly sequence: number }>(
  broker: Broker,
  stream: string,
  from: number,
  to: number,
  as: AsScanned<T>,
): AsyncGenerator<T, void, void> {
  let next = Math.max(1, from);
  while (next <= to) {
    await broker.ready();
    const session = await patiently(broker, () => openPullSession(broker, stream, next, as));
    try {
      for (let more = true; more; ) {
        const message = session.take();
        if (message !== undefined) {
          next = message.sequence + 1;
          if (message.sequence <= to) yield message;
          more = next <= to;
        } else if (nothingLeft(session, to)) return;
        else if (session.ended === undefined) await session.wait();
        else more = false;
      }
    } finally {
      session.end("read");
    }
  }
}

/** Everything up to `end` has arrived and was taken: the rest was deleted. */
const nothingLeft = (session: PullSession<unknown>, end: number): boolean => session.waiting === 0 && (session.pending === 0 || session.heardUpTo >= end);
