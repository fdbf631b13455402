// What a figure was taken on. It is printed with every run, because a figure without its machine means nothing; the load of
// others is part of it.

import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  readonly natsServer: string;
  /** Runnable processes over the last minute, when the run began: others count. */
  readonly loadBefore: number;
}

export function describeMachine(natsServer: string): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    processors: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    natsServer: serverVersion(natsServer),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

export const machineLine = (machine: Machine): string =>
  `${machine.processors} x ${machine.processor}, ${machine.memoryGb} GB, ${machine.system}; Node ${machine.node}, V8 ${machine.v8}, nats-server ${machine.natsServer}; load before ${machine.loadBefore}`;

/** `nats-server: v2.9.10`. */
function serverVersion(binary: string): string {
  try {
    return /v(\d\S*)/.exec(execFileSync(binary, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }))?.[1] ?? "unknown";
  } catch {
    return "none";
  }
}
