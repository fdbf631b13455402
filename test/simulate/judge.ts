// Whether a story ended as it must. Where the engine went on to the end, the output stream holds exactly what an undisturbed fold of the
// log gives, in that order, byte for byte, each effect once; the state and the counters are those of that fold; every dead letter
// is there; and a naive model, written apart from the engine, says the same of every contact, or, where people have several ids, of who
// is who (people-judge.ts). Where it stopped, something must
// have happened that makes stopping right, and what was published until then is still each effect once and in order.

import { compareIdentity, outputSubjects, parseIdentity } from "../../src/model/effect.ts";
import { type ErrorCode, TidemarkError } from "../../src/model/errors.ts";
import { type LogMessage, logSubjects } from "../../src/model/log.ts";
import { type Settings, settingsSchema } from "../../src/model/settings.ts";
import { compareEffects, formatDifferences, type PublishedEvent } from "../model/naive/compare.ts";
import { NaiveModel } from "../model/naive/model.ts";
import { peopleDisagree } from "./people-judge.ts";
import { describe, type Facts, type Played, SHARD } from "./run.ts";
import { RANKS_PACK, STORY_PACKS } from "./story-pack.ts";
import { foldUndisturbed, type Undisturbed } from "./undisturbed.ts";

/** What is wrong, for a person; undefined where all is as it must be. */
export function faultOf(played: Played): string | undefined {
  const { endings, facts, stopped, unsettled, broker } = played;
  for (const { life, error, allWell } of endings) {
    if (!(error instanceof TidemarkError)) return `${life} ended with a mistake of the program: ${describe(error)}`;
    if (!mayEndWith(error.code, facts) || (allWell && TROUBLE_ONLY.has(error.code))) return `${life} stopped for no good reason: ${describe(error)}`;
  }
  if (played.forgotten !== null) return played.forgotten;
  if (unsettled !== null) return unsettled;
  const published = effectsIn(played);
  const disorder = disorderOf(published.map(({ identity }) => identity));
  if (disorder !== undefined) return disorder;
  if (stopped !== null) return undefined;
  const truth = foldUndisturbed(SHARD, played.log);
  return (
    firstDifference(truth.effects, published) ??
    missingLetter(truth.dead, new Map([...broker.dead].map(([id, { body }]) => [id, Buffer.from(body).toString()])), facts) ??
    stateDiffers(played, truth) ??
    (played.story.twoUsers === null
      ? naiveDisagrees(
          played,
          published.map(({ body }) => body),
        )
      : peopleDisagree(played, truth, beginningOf(played.log)))
  );
}

type Published = { readonly identity: string; readonly subject: string; readonly body: string };

/** What needs a broker, a disk or a worker that fails right then. */
const TROUBLE_ONLY: ReadonlySet<ErrorCode> = new Set(["BROKER_UNREACHABLE", "WORKER_DIED", "DISK_FAILED", "FILE_UNREADABLE", "STOP_CUT_SHORT"]);

function mayEndWith(code: ErrorCode, facts: Facts): boolean {
  switch (code) {
    case "LOG_CHANGED":
      return facts.logForgot || facts.madeAnew || facts.purged;
    case "INPUT_LOST":
      return facts.purged || facts.madeAnew;
    case "OUTPUT_DIFFERS":
      return facts.logForgot || facts.outputForgot || facts.madeAnew;
    case "OWNER_LOST":
      return facts.tookOver;
    case "STATE_DAMAGED":
      return facts.damaged;
    case "BROKER_UNREACHABLE":
    case "WORKER_DIED":
    case "DISK_FAILED":
    case "FILE_UNREADABLE":
    case "STOP_CUT_SHORT":
      return true;
    default:
      return false;
  }
}

function effectsIn({ broker }: Played): Published[] {
  const { epoch } = outputSubjects(SHARD);
  return broker.output.messages
    .filter(({ subject }) => subject !== epoch)
    .map(({ identity, subject, body }) => ({ identity, subject, body: Buffer.from(body).toString() }));
}

/** Identities grow from one message to the next: so each is there once, and a contact's effects are in order. */
function disorderOf(identities: readonly string[]): string | undefined {
  for (let i = 1; i < identities.length; i++) {
    const [one, next] = [parseIdentity(identities[i - 1] as string), parseIdentity(identities[i] as string)];
    if (one === undefined || next === undefined || compareIdentity(one, next) >= 0) return `${identities[i]} was published after ${identities[i - 1]}`;
  }
  return undefined;
}

function firstDifference(expected: readonly Published[], actual: readonly Published[]): string | undefined {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const [wanted, found] = [expected[i], actual[i]];
    if (wanted === undefined) return `effect ${i + 1} of ${expected.length}: ${found?.identity} was published and should not have been`;
    if (found === undefined) return `effect ${i + 1} of ${expected.length}: ${wanted.identity} was never published`;
    if (wanted.identity !== found.identity) return `effect ${i + 1} of ${expected.length}: ${found.identity} was published instead of ${wanted.identity}`;
    if (wanted.subject !== found.subject || wanted.body !== found.body)
      return `${wanted.identity} was published as\n  ${found.body}\ninstead of\n  ${wanted.body}`;
  }
  return undefined;
}

function missingLetter(expected: ReadonlyMap<string, string>, actual: ReadonlyMap<string, string>, facts: Facts): string | undefined {
  for (const [id, body] of expected) if (actual.get(id) !== body) return `the dead letter ${id} ${actual.has(id) ? "has other bytes" : "is missing"}`;
  // Letters of messages that the log has lost since stay where they are.
  if (facts.logForgot || facts.madeAnew) return undefined;
  for (const id of actual.keys()) if (!expected.has(id)) return `the dead letter ${id} is none`;
  return undefined;
}

/** At the end, and before the last stop: a tick may have come between the two. */
function stateDiffers({ rests, log }: Played, end: Undisturbed): string | undefined {
  const last = log.at(-1)?.position;
  for (const [again, rest] of rests.entries()) {
    const truth =
      rest.position === last
        ? end
        : foldUndisturbed(
            SHARD,
            log.filter(({ position }) => position <= rest.position),
          );
    const where = again === 1 ? "restored from the last checkpoint" : "in the end";
    if (rest.digest !== truth.digest) return `the state ${where} is not that of an undisturbed fold`;
    const fault = countersDiffer(truth.counters, rest.counters);
    if (fault !== undefined) return `${fault} (${where})`;
  }
  return undefined;
}

function countersDiffer(expected: Readonly<Record<string, number>>, actual: Readonly<Record<string, number>>): string | undefined {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)]))
    if ((expected[name] ?? 0) !== (actual[name] ?? 0)) return `the counter ${name} is ${actual[name] ?? 0}, and ${expected[name] ?? 0} are in the log`;
  const outcomes = Object.entries(actual).filter(([name]) => name.startsWith("outcome."));
  const sum = outcomes.reduce((total, [, count]) => total + count, 0);
  return sum === actual["events"] ? undefined : `${actual["events"]} events came in, and the outcomes add up to ${sum}`;
}

/**
 * The model begins with the settings: what lies before is for the framer to refuse. It knows no packs that come later than the first
 * event, as they do in a log that was made anew while producers went on; of such a log only the fold itself is held against the engine.
 */
function naiveDisagrees({ log }: Played, bodies: readonly string[]): string | undefined {
  const begun = beginningOf(log);
  if (typeof begun === "string" || begun === undefined) return begun;
  const { record, settings } = begun;
  const model = new NaiveModel(STORY_PACKS, settings);
  const effects = log.filter(({ position }) => position > record.position).flatMap((message) => model.apply(message));
  effects.push(...model.finish());
  // Packs never see each other: what it does not know of is left out, and the rest is the same.
  const known = bodies.map((body) => JSON.parse(body) as PublishedEvent).filter(({ data }) => data.pack !== RANKS_PACK.name);
  const differences = compareEffects(effects, known);
  return differences.length === 0 ? undefined : `the naive model disagrees:\n${formatDifferences(differences).join("\n")}`;
}

export interface Beginning {
  readonly record: LogMessage;
  readonly settings: Settings;
}

/** Where the settings stand; undefined where packs came later than events, and a text where there are no settings. */
export function beginningOf(log: readonly LogMessage[]): Beginning | string | undefined {
  const subjects = logSubjects(SHARD);
  const record = log.find(({ subject }) => subject === subjects.settings);
  if (record === undefined) return "the log has no settings";
  const live = Math.max(...STORY_PACKS.map(({ name }) => log.find(({ subject }) => subject === subjects.pack(name))?.position ?? Number.POSITIVE_INFINITY));
  if (log.some(({ position, subject }) => position > record.position && position < live && !subject.startsWith(subjects.controlPrefix))) return undefined;
  const { type: _, ...settings } = JSON.parse(Buffer.from(record.data).toString()) as Record<string, unknown>;
  return { record, settings: settingsSchema.parse(settings) };
}
