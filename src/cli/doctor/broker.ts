// What `doctor` looks at on the broker: whether it can be reached, how old it is, how much room JetStream has, and whether the
// shard's streams are as the engine needs them, and what holds with such a broker. A stream that is missing is no fault: `run`
// makes it.

import { ZodError } from "zod";
import type { Config } from "../../app/config.ts";
import { guaranteeOf, type Statement } from "../../app/guarantee.ts";
import { differencesFrom, firstSettings, wholeSettings } from "../../app/settings.ts";
import { outputSubjects } from "../../model/effect.ts";
import { TidemarkError } from "../../model/errors.ts";
import { logSubjects } from "../../model/log.ts";
import { deadSubjects } from "../../model/output.ts";
import { type Broker, connectBroker } from "../../nats/connection.ts";
import { ensureDeadLetterStream } from "../../nats/dead-letters.ts";
import { ensureLogStream, JetStreamLog } from "../../nats/jetstream-log.ts";
import { ensureOutputStream } from "../../nats/jetstream-output.ts";
import { type BrokerFacts, probeBroker } from "../../nats/probe.ts";
import { streamInfo } from "../../nats/stream-settings.ts";
import { brokerOptions } from "../broker.ts";
import { counted, megabytes } from "../terminal.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { checkLimits } from "./limits.ts";

/** What was found, and what holds with this broker; null where it could not be asked. */
export interface BrokerCheck {
  readonly findings: readonly Finding[];
  readonly guarantee: readonly Statement[] | null;
}

export async function checkBroker(config: Config): Promise<BrokerCheck> {
  const reached = await reach(config);
  if ("level" in reached) return { findings: [reached], guarantee: null };
  try {
    const facts = await probeBroker(reached);
    return {
      findings: [checkServer(facts), checkRoom(facts), ...(await checkStreams(reached, facts, config))],
      guarantee: guaranteeOf(facts, config.shard),
    };
  } catch (error) {
    if (error instanceof TidemarkError) return { findings: [fail("broker", error.message, error.hint)], guarantee: null };
    throw error;
  } finally {
    await reached.close();
  }
}

async function reach(config: Config): Promise<Broker | Finding> {
  try {
    return await connectBroker(brokerOptions(config, "doctor"));
  } catch (error) {
    if (error instanceof TidemarkError) return fail("broker", error.message, error.hint.replace(" `tidemark doctor` says more.", ""));
    throw error;
  }
}

function checkServer({ url, server: { version }, roundTripMs }: BrokerFacts): Finding {
  const detail = `nats-server ${version} at ${url}, ${Math.round(roundTripMs.median * 10) / 10} ms away`;
  if (older(version, "2.9.0")) return fail("broker", detail, "Tidemark needs 2.9 or newer.");
  if (older(version, "2.10.14")) return ok("broker", `${detail}; before 2.10.14 a trigger stream cannot be sourced into another stream`);
  return ok("broker", detail);
}

/** Whether `version` lies before `floor`, number by number; what follows a dash is left out. */
export function older(version: string, floor: string): boolean {
  const numbers = (text: string): number[] => (text.split("-")[0] ?? "").split(".").map(Number);
  const [has, needs] = [numbers(version), numbers(floor)];
  const at = needs.findIndex((need, i) => (has[i] ?? 0) !== need);
  return at >= 0 && (has[at] ?? 0) < (needs[at] ?? 0);
}

const FULL = 0.8;

function checkRoom({ jetstream: { storageBytes, storageLimitBytes, streams } }: BrokerFacts): Finding {
  const used = `JetStream holds ${megabytes(storageBytes)} in ${counted(streams, "stream")}`;
  if (storageLimitBytes <= 0) return ok("jetstream", `${used}, without a limit for this account`);
  const detail = `${used} of ${megabytes(storageLimitBytes)} allowed`;
  return storageBytes > FULL * storageLimitBytes
    ? warn("jetstream", detail, "Raise the account's limit, or limit the log's size: a log that cannot grow takes no events.")
    : ok("jetstream", detail);
}

async function checkStreams(broker: Broker, facts: BrokerFacts, config: Config): Promise<readonly Finding[]> {
  const { shard } = config;
  const streams = [
    { what: "log", name: logSubjects(shard).stream, check: () => ensureLogStream(broker, shard, { publicAlias: false }) },
    { what: "output", name: outputSubjects(shard).stream, check: () => ensureOutputStream(broker, shard) },
    { what: "dead letters", name: deadSubjects.stream, check: () => ensureDeadLetterStream(broker) },
  ];
  const findings: Finding[] = [];
  for (const stream of streams) findings.push(await checkStream(broker, stream));
  return [...findings, ...(await checkSettings(broker, facts, config))];
}

/** The engine's own check is asked, and only of a stream that is there: it would create a missing one. */
async function checkStream(broker: Broker, { what, name, check }: { what: string; name: string; check: () => Promise<unknown> }): Promise<Finding> {
  const info = await streamInfo(broker, name);
  if (info === undefined) return ok(what, `${name} is not there yet; \`tidemark run\` makes it`);
  try {
    await check();
  } catch (error) {
    if (error instanceof TidemarkError) return fail(what, error.message, error.hint);
    throw error;
  }
  const { messages, bytes, first_seq, last_seq } = info.state;
  return ok(
    what,
    `${name} holds ${counted(messages, "message")}${messages === 0 ? "" : ` (${first_seq} to ${last_seq})`}, ${megabytes(bytes)}${limitsOf(info.config)}`,
  );
}

function limitsOf({ max_age, max_bytes, num_replicas }: { max_age: number; max_bytes: number; num_replicas: number }): string {
  const age = max_age > 0 ? `, at most ${Math.round(max_age / 3.6e12)} h` : "";
  const size = max_bytes > 0 ? `, at most ${megabytes(max_bytes)}` : "";
  return `${age}${size}, ${counted(num_replicas, "replica")}`;
}

/** `run` refuses to start with settings that are not the log's. */
async function checkSettings(broker: Broker, facts: BrokerFacts, config: Config): Promise<readonly Finding[]> {
  const { shard } = config;
  const fresh = wholeSettings(config, 0);
  if ((await streamInfo(broker, logSubjects(shard).stream)) === undefined) return checkLimits(facts, fresh, shard);
  try {
    const inLog = await firstSettings(new JetStreamLog(broker, shard), shard);
    const limits = checkLimits(facts, inLog?.settings ?? fresh, shard);
    if (inLog === undefined)
      return [warn("settings", "the log has no settings record yet", "Start `tidemark run`: events that stand before it are dead letters."), ...limits];
    const { created, clock } = inLog.settings;
    const differences = differencesFrom(inLog, wholeSettings(config, Date.parse(created)));
    if (differences.length === 0) return [ok("settings", `as in the log, begun ${created}, ${clock} clock`), ...limits];
    return [fail("settings", differences.join("; "), "Settings are part of the log: go back to the old values, or start a new shard."), ...limits];
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    return [fail("settings", "the settings record cannot be read", "It was written by another version: use that one, or start a new shard.")];
  }
}
