// What an engine has counted. The part that is a function of the log (events and what became of them, effects) goes into every
// checkpoint and goes on from there, so that it means the same after a crash as without one. Times are of this process alone.

import type { FramedBatch } from "../flow/frame.ts";
import type { EffectCounts, EventCounts } from "../model/counts.ts";
import { OUTCOME_KINDS, type OutcomeKind } from "../model/outcome.ts";
import type { EngineStatus } from "../model/status.ts";
import type { BatchResult } from "../partition/protocol.ts";

const FAMILIES = ["transitions", "triggers", "withheld", "deadlinesFired", "historyEvents"] as const;

export class Counters implements EventCounts, EffectCounts {
  messages = 0;
  stampedBack = 0;
  events = 0;
  readonly outcomes: Record<OutcomeKind, number> = { applied: 0, duplicate: 0, late: 0, forgotten: 0, deadLetter: 0 };
  readonly deadByReason: Record<string, number> = {};
  readonly dropped: Record<string, number> = {};
  transitions = 0;
  triggers = 0;
  withheld = 0;
  readonly withheldByReason: Record<string, number> = {};
  readonly goalsByOutcome: Record<string, number> = {};
  deadlinesFired = 0;
  historyEvents = 0;
  /** What contacts in history did not tell, by kind, and what was caught up on. */
  readonly muted: Record<string, number> = {};
  readonly time = { reading: 0, framing: 0, workers: 0, outbox: 0, checkpoints: 0 };

  add(batch: FramedBatch, results: readonly BatchResult[]): void {
    this.messages += batch.messages;
    this.stampedBack += batch.stampedBack;
    this.events += batch.events;
    for (const letter of batch.dead) {
      this.outcomes.deadLetter++;
      increase(this.deadByReason, letter.reason, 1);
    }
    for (const result of results) this.#addResult(result);
  }

  #addResult(result: BatchResult): void {
    for (const kind of OUTCOME_KINDS) this.outcomes[kind] += result.outcomes[kind];
    for (const [what, count] of Object.entries(result.dropped)) increase(this.dropped, what, count);
    for (const [reason, count] of Object.entries(result.withheldByReason)) increase(this.withheldByReason, reason, count);
    for (const [outcome, count] of Object.entries(result.goalsByOutcome)) increase(this.goalsByOutcome, outcome, count);
    for (const [kind, count] of Object.entries(result.muted)) increase(this.muted, kind, count);
    for (const letter of result.dead) increase(this.deadByReason, letter.reason, 1);
    for (const family of FAMILIES) this[family] += result[family];
    this.time.workers += result.busyMs;
  }

  /** As of now: what is counted later does not change it. */
  counted(): EventCounts & EffectCounts {
    const { messages, events, transitions, triggers, withheld, deadlinesFired } = this;
    return {
      messages,
      events,
      outcomes: { ...this.outcomes },
      deadByReason: { ...this.deadByReason },
      dropped: { ...this.dropped },
      transitions,
      triggers,
      withheld,
      withheldByReason: { ...this.withheldByReason },
      goalsByOutcome: { ...this.goalsByOutcome },
      deadlinesFired,
    };
  }

  /** For a checkpoint: flat names to numbers. */
  save(): Record<string, number> {
    const flat: Record<string, number> = { messages: this.messages, stampedBack: this.stampedBack, events: this.events };
    for (const family of FAMILIES) flat[family] = this[family];
    for (const [prefix, group] of [
      ["outcome.", this.outcomes],
      ["dead.", this.deadByReason],
      ["dropped.", this.dropped],
      ["withheld.", this.withheldByReason],
      ["goal.", this.goalsByOutcome],
      ["muted.", this.muted],
    ] as const)
      for (const [key, count] of Object.entries(group)) flat[prefix + key] = count;
    return flat;
  }

  restore(flat: Readonly<Record<string, number>>): void {
    this.messages = flat["messages"] ?? 0;
    this.stampedBack = flat["stampedBack"] ?? 0;
    this.events = flat["events"] ?? 0;
    for (const family of FAMILIES) this[family] = flat[family] ?? 0;
    for (const [name, count] of Object.entries(flat)) {
      const [group, key] = name.split(".", 2) as [string, string | undefined];
      if (key === undefined) continue;
      if (group === "outcome") this.outcomes[key as OutcomeKind] = count;
      else if (group === "dead") this.deadByReason[key] = count;
      else if (group === "withheld") this.withheldByReason[key] = count;
      else if (group === "goal") this.goalsByOutcome[key] = count;
      else if (group === "muted") this.muted[key] = count;
      else this.dropped[key] = count;
    }
  }
}

/** What a status says of history. */
export function historyOf({ historyEvents, muted }: Counters, contacts: number): EngineStatus["history"] {
  const { caught_up: caughtUp = 0, ...kinds } = muted;
  return { contacts, events: historyEvents, muted: kinds, caughtUp };
}

function increase(counts: Record<string, number>, key: string, by: number): void {
  counts[key] = (counts[key] ?? 0) + by;
}
