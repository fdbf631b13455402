// The worker thread: one WorkerFold behind Piscina. Tasks of one worker run one after another, in the order in which main
// gave them, so a question is answered as of the batch before it. If anything here throws, the state can no longer be trusted:
// main stops the process, and recovery is the one path. Piscina is imported here for `move` alone: what a batch gives back
// changes hands instead of being copied.

import { performance } from "node:perf_hooks";
import { move, transferableSymbol, valueSymbol } from "piscina";
import { WorkerFold } from "./fold.ts";
import type { BatchResult, WorkerTask } from "./protocol.ts";

let fold: WorkerFold | null = null;

export function handle(task: WorkerTask): unknown {
  if (task.kind === "open") {
    fold = new WorkerFold(task.shard, task.worker, task.workers);
    if (task.restore !== null) fold.restore(task.restore);
    return fold.opened();
  }
  if (fold === null) throw new Error("the worker has lost its state");
  switch (task.kind) {
    case "batch": {
      const began = performance.now();
      const folded = fold.batch(task.buffer, task.size);
      const result: BatchResult = { ...folded, busyMs: performance.now() - began };
      return given(result, [result.buffer, result.effects.identities.buffer, result.effects.ends.buffer, result.effects.bodies.buffer]);
    }
    case "copy":
      return fold.beginCopy();
    case "slice":
      return sliceOf(fold, task.contacts);
    case "contact":
      return fold.contact({ kind: task.contactKind, id: task.id }, task.partition, { why: task.why });
    case "contacts":
      return fold.contacts(task.partition);
    case "held":
      return fold.held({ kind: task.contactKind, id: task.id }, task.partition);
    case "forget":
      return fold.forgetOf(task.request);
    case "erasures":
      return fold.erasures();
    case "packs":
      return fold.packs();
    case "population":
      return fold.population(task.from, task.contacts);
    case "targets":
      return fold.targets(task.from, task.contacts);
    case "rfm":
      return fold.rfm(task.from, task.contacts);
    case "digest":
      return fold.digests();
  }
}

function sliceOf(from: WorkerFold, contacts: number): unknown {
  const slice = from.slice(contacts);
  return given(
    slice,
    slice.partitions.map(({ bytes }) => bytes.buffer),
  );
}

/** `value`, with its buffers transferred. An empty buffer is not: V8 refuses to transfer one twice. */
function given(value: object, buffers: readonly ArrayBufferLike[]): unknown {
  return move({ [transferableSymbol]: buffers.filter((buffer) => buffer.byteLength > 0), [valueSymbol]: value } as never);
}
