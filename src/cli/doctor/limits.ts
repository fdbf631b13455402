// What `doctor` says of limits that have to fit each other, of which one is a setting of the log and the other the broker's: whether every
// record between partitions fits a message, and whether who was forgotten is remembered as long as the log can tell of them.

import { largestMessage } from "../../app/unwritten-records.ts";
import { logSubjects } from "../../model/log.ts";
import type { Settings } from "../../model/settings.ts";
import type { BrokerFacts } from "../../nats/probe.ts";
import { durationOf } from "../inspect/overview.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** `settings`: the log's, or those that it would be begun with. */
export function checkLimits({ maxPayloadBytes, streams }: Pick<BrokerFacts, "maxPayloadBytes" | "streams">, settings: Settings, shard: string): Finding[] {
  const log = streams.find(({ name }) => name === logSubjects(shard).stream);
  return [checkRecords(maxPayloadBytes, settings), ...(log === undefined ? [] : [checkTombstones(log.maxAgeMs, settings)])];
}

/** One that is too large is refused for good, and everything behind it waits. */
function checkRecords(maxPayloadBytes: number, { limits }: Settings): Finding {
  const largest = largestMessage(limits.record_bytes);
  const detail = `a message of records between partitions has at most ${largest} bytes (limits.record_bytes is ${limits.record_bytes}), the broker takes ${maxPayloadBytes}`;
  if (largest <= maxPayloadBytes) return ok("records", detail);
  return fail(
    "records",
    `${detail}: one that is larger would never be stored, and with it reading stops`,
    `Set the broker's max_payload to at least ${largest}. limits.record_bytes is a setting of the log: a new shard may have a lower one.`,
  );
}

/** With either the event clock or the stored one both are times of the log. */
function checkTombstones(maxAgeMs: number, { forgotten: { keep_ms } }: Settings): Finding {
  const kept = `who was forgotten is remembered for ${durationOf(keep_ms)} (forgotten.keep_ms)`;
  if (maxAgeMs > 0 && maxAgeMs <= keep_ms) return ok("forgotten", `${kept}, and the log keeps messages for ${durationOf(maxAgeMs)}`);
  return warn(
    "forgotten",
    `${kept}, but the log keeps messages ${maxAgeMs > 0 ? `for ${durationOf(maxAgeMs)}` : "for ever"}: what is read or fed again out of it later than that may bring somebody back`,
    `Give the log a max_age of at most ${durationOf(keep_ms)}, with NATS' own means (\`nats stream edit\`), or erase what it has of those who ask (\`tidemark forget --erase log\`). A new shard may have a longer forgotten.keep_ms.`,
  );
}
