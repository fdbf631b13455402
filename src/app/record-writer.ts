// Writes the records between partitions to the log, one message after another, once the engine has caught up: what is in the log already
// is seen on the way there and need not be said again. Beyond `records.unwritten` of them reading waits until they are written, caught up
// or not: that is what bounds them.

import type { Log } from "../model/log.ts";
import { logSubjects } from "../model/log.ts";
import type { BatchResult, Opened } from "../partition/protocol.ts";
import { UnwrittenRecords } from "./unwritten-records.ts";

export interface RecordWriterOptions {
  readonly log: Pick<Log, "append">;
  readonly shard: string;
  /** Beyond so many reading waits. */
  readonly limit: number;
  readonly failed: (error: unknown) => void;
  readonly now?: () => number;
}

export class RecordWriter {
  readonly #options: RecordWriterOptions;
  readonly #records: UnwrittenRecords;
  #writing: Promise<void> | undefined;

  constructor(options: RecordWriterOptions, opened: readonly Opened[]) {
    this.#options = options;
    this.#records = new UnwrittenRecords(options.now);
    this.#records.take(opened);
  }

  /** What is still to be written; see UnwrittenRecords. */
  get unwritten(): Pick<UnwrittenRecords, "count" | "oldestMs"> {
    return this.#records;
  }

  take(results: readonly BatchResult[]): void {
    this.#records.take(results);
  }

  /** Writes all there is. What could not be stored is tried again the next time. */
  write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** What reading has to wait for before it goes on; undefined for nothing. */
  room(signal: AbortSignal): Promise<void> | undefined {
    return this.#records.count > this.#options.limit ? this.#makeRoom(signal) : undefined;
  }

  async #makeRoom(signal: AbortSignal): Promise<void> {
    while (this.#records.count > this.#options.limit && !signal.aborted) {
      const before = this.#records.count;
      await this.write();
      // The broker does not take them: it is asked again, and whoever waits for the log fails as ever if it stays so.
      if (this.#records.count >= before) await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
  }

  async #writeAll(): Promise<void> {
    const { log, shard } = this.#options;
    for (let message = this.#records.next(); message !== undefined; message = this.#records.next()) {
      try {
        await log.append(logSubjects(shard).records, message.data, { contentType: RECORDS_TYPE });
      } catch (error) {
        message.again();
        this.#options.failed(error);
        return;
      }
    }
  }
}

/** Content type of a message of records. */
export const RECORDS_TYPE = "application/msgpack";
const TRY_AGAIN_MS = 250;
