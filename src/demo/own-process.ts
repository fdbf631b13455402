// One run of a program that must not outlive us and must not hear our Ctrl-C: it has a session of its own, and beside it
// stands a guard, a few lines of shell on a pipe from us. The pipe closes in whatever way we end, kill -9 included, and then
// the guard ends the program and removes the folder it was told of. What the program is, is not known here.

import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

const STOP_WITHIN_MS = 5_000;

/** Arguments: pid, folder to remove or "". It gives the program two seconds. */
const GUARD_SCRIPT = `
trap "" INT TERM HUP
while read -r _; do :; done
kill -TERM "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
kill -KILL "$1" 2>/dev/null
[ -z "$2" ] || rm -rf -- "$2"
`;

export class OwnProcess {
  /** Why it is not running any more; undefined while it is. */
  ended: string | undefined;
  readonly #child: ChildProcess;
  readonly #guard: ChildProcess | undefined;
  readonly #gone: Promise<void>;

  /**
   * @param output file descriptor that takes what it prints
   * @param folderToRemove what the guard removes if we die before it; "" for nothing
   */
  constructor(binary: string, args: readonly string[], output: number, folderToRemove: string) {
    this.#child = spawn(binary, args, { detached: true, stdio: ["ignore", output, output] });
    this.#gone = new Promise((settled) => {
      const settle = (why: string): void => {
        this.ended = why;
        this.#dismissGuard();
        settled();
      };
      this.#child.once("error", (error) => settle(`could not be started (${error.message})`));
      this.#child.once("exit", (code, signal) => settle(`ended (${signal ?? `exit ${code}`})`));
    });
    // It may not keep us alive: the guard cleans up behind a process that just ends.
    this.#child.unref();
    if (this.#child.pid !== undefined) this.#guard = startGuard(this.#child.pid, folderToRemove);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to end and insists after a while; returns when it is gone. */
  async end(): Promise<void> {
    if (this.ended !== undefined) return;
    this.#child.ref();
    this.#child.kill("SIGTERM");
    const insist = setTimeout(() => this.#child.kill("SIGKILL"), STOP_WITHIN_MS);
    await this.#gone;
    clearTimeout(insist);
  }

  #dismissGuard(): void {
    this.#guard?.kill("SIGKILL");
    this.#guard?.stdin?.destroy();
  }
}

function startGuard(pid: number, folderToRemove: string): ChildProcess {
  const guard = spawn("sh", ["-c", GUARD_SCRIPT, "sh", String(pid), folderToRemove], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  // A missing shell costs only the clean-up after a crash.
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.unref();
  releasePipe(guard.stdin);
  return guard;
}

/** A child's pipe is a socket, which the types do not say; it keeps us alive unless it is let go. */
function releasePipe(pipe: Writable | Readable): void {
  if ("unref" in pipe && typeof pipe.unref === "function") pipe.unref();
}
