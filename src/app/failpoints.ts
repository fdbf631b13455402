// Failpoints: named moments at which a test has this process die by SIGKILL, so that recovery is tried from every one of them and
// not from those that somebody thought of. They lie around the ports (log, output stream, dead letters, checkpoint files): what
// happens between two calls of a port cannot be seen from outside, so nothing is missed. `npm run verify -- --only failpoints`
// goes through all names. Without the configuration key `failpoint` none of this is there.

import type { CheckpointFiles, NewFile } from "../flow/checkpoint-files.ts";
import type { Log } from "../model/log.ts";
import type { DeadLetterSink, OutputStream } from "../model/output.ts";
import type { Erasable } from "../model/privacy.ts";
import type { EngineParts } from "./engine-options.ts";

export const FAILPOINTS = [
  "record.before",
  "record.after",
  "cuts.before",
  "cuts.after",
  "epoch.before",
  "epoch.sent",
  "epoch.acked",
  "publish.before",
  "publish.sent",
  "publish.acked",
  "dead.before",
  "dead.after",
  "erase_log.before",
  "erase_output.before",
  "erase_dead.before",
  "file.created",
  "page.before",
  "page.after",
  "fsync.before",
  "fsync.after",
  "rename.before",
  "rename.after",
  "manifest.before",
  "manifest.after",
  "folder_fsync.before",
  "folder_fsync.after",
  "remove.before",
  "remove.after",
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** Dies at the n-th time that the named moment comes, or stands still until somebody wakes it (SIGSTOP). `spec` is `name`, `name:n` or `name:n:stop`. */
export class Failpoints {
  readonly #name: string;
  readonly #signal: "SIGKILL" | "SIGSTOP";
  #left: number;

  constructor(spec: string) {
    const [name = "", times = "1", how = ""] = spec.split(":");
    if (!(FAILPOINTS as readonly string[]).includes(name)) throw new RangeError(`no failpoint "${name}"; there are ${FAILPOINTS.join(", ")}`);
    this.#name = name;
    this.#left = Number(times);
    this.#signal = how === "stop" ? "SIGSTOP" : "SIGKILL";
  }

  reach(name: Failpoint): void {
    if (name === this.#name && --this.#left === 0) process.kill(process.pid, this.#signal);
  }

  parts(of: EngineParts): EngineParts {
    return { log: this.#log(of.log), output: this.#output(of.output), dead: this.#dead(of.dead) };
  }

  /** Before a message of one of these streams is erased. */
  erasing(what: Erasable): void {
    const points = { log: "erase_log.before", output: "erase_output.before", dead: "erase_dead.before" } as const satisfies Record<Erasable, Failpoint>;
    this.reach(points[what]);
  }

  files(of: CheckpointFiles): CheckpointFiles {
    return {
      makeFolder: (path) => of.makeFolder(path),
      list: (path) => of.list(path),
      read: (path) => of.read(path),
      create: async (path) => this.#file(await of.create(path)),
      rename: (from, to) => {
        const isManifest = to.endsWith("manifest.json");
        return this.#around(isManifest ? "manifest.before" : "rename.before", isManifest ? "manifest.after" : "rename.after", () => of.rename(from, to));
      },
      syncFolder: (path) => this.#around("folder_fsync.before", "folder_fsync.after", () => of.syncFolder(path)),
      remove: (path) => this.#around("remove.before", "remove.after", () => of.remove(path)),
      removeFolder: (path) => of.removeFolder(path),
    };
  }

  #file(of: NewFile): NewFile {
    this.reach("file.created");
    return {
      write: (bytes) => this.#around("page.before", "page.after", () => of.write(bytes)),
      sync: () => this.#around("fsync.before", "fsync.after", () => of.sync()),
      close: () => of.close(),
    };
  }

  #log(of: Log): Log {
    return {
      state: () => of.state(),
      read: (from, signal, mark) => of.read(from, signal, mark),
      at: (position) => of.at(position),
      lastOn: (subject) => of.lastOn(subject),
      append: (subject, data, options) => {
        const isCuts = subject.includes(".control.cuts.");
        return this.#around(isCuts ? "cuts.before" : "record.before", isCuts ? "cuts.after" : "record.after", () => of.append(subject, data, options));
      },
    };
  }

  #output(of: OutputStream): OutputStream {
    return {
      state: () => of.state(),
      ready: (signal) => of.ready(signal),
      get: (sequence) => of.get(sequence),
      range: (from, to) => of.range(from, to),
      publish: async (message, expectedLast, link) => {
        const isEpoch = message.subject.startsWith("tidemark.epoch.");
        this.reach(isEpoch ? "epoch.before" : "publish.before");
        const sent = of.publish(message, expectedLast, link);
        this.reach(isEpoch ? "epoch.sent" : "publish.sent");
        const outcome = await sent;
        this.reach(isEpoch ? "epoch.acked" : "publish.acked");
        return outcome;
      },
    };
  }

  #dead(of: DeadLetterSink): DeadLetterSink {
    return { put: (letters) => this.#around("dead.before", "dead.after", () => of.put(letters)) };
  }

  async #around<T>(before: Failpoint, after: Failpoint, call: () => Promise<T>): Promise<T> {
    this.reach(before);
    const answer = await call();
    this.reach(after);
    return answer;
  }
}
