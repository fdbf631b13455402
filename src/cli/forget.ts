// `tidemark forget CONTACT`: asks a running engine to forget somebody, and to erase what the streams have about them; with `--wait` until that
// is done. The engine goes on by itself whatever becomes of this command: `--request NAME` asks later how far it is.

import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../app/config.ts";
import { TidemarkError } from "../model/errors.ts";
import { ERASABLE, type Erasable, type Erased, type ForgetStatus } from "../model/privacy.ts";
import { askAsAdmin, type EngineAnswer, saidIn } from "./ask-engine.ts";
import { usage } from "./failure.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { readContactKind } from "./option-values.ts";
import { untilStopRequest } from "./signals.ts";
import { counted, type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const forgetVerb: Verb = (program, run) => {
  const command = program
    .command("forget")
    .summary("forget a contact, and erase what is published of it")
    .description(
      "Asks the running engine at http.address to forget a contact with all ids that it is known by, and with --erase to erase messages that are about it alone from its streams. The engine goes on with it by itself, also after a restart. Needs http.admin_token where the engine has one. docs/privacy.md is the exact meaning.",
    )
    .argument("[contact]", "the contact's id")
    .option("--kind <user|anonymous>", "the kind of the id; default user")
    .option("--erase <streams>", `some of ${ERASABLE.join(",")}; default: nothing is erased from the streams`)
    .option("--wait", "wait until it is done or has failed")
    .option("--request <name>", "in place of a contact: how far an earlier request is")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark forget c_42 --wait\n  tidemark forget anon-7 --kind anonymous --erase log,output,dead --wait\n  tidemark forget --request 0d7c4a52-8b3e-4f0a-9d51-6a2f8c0e7b11 --json\n\nExit: 0 forgotten or under way, 1 nobody was known by the id, it failed, or no engine, 2 misuse.",
    );
  addSharedFlags(command, ["http.address"]);
  run(command, (terminal, flags, args) => forget(terminal, flags, args[0]));
};

const POLL_MS = 250;
/** An engine that is started again meanwhile goes on with the request: it may be away for so long. */
const AWAY_MS = 60_000;

async function forget(terminal: Terminal, flags: SharedFlags, id: string | undefined): Promise<ExitCode> {
  if ((id === undefined) === (flags.request === undefined)) throw usage("name a contact, or --request and the name of an earlier request");
  const path = id === undefined ? statusPath(String(flags.request)) : contactPath(id, flags);
  const { config } = await configFrom(flags, terminal);
  const asked = statusIn(await askAsAdmin(config, id === undefined ? "GET" : "DELETE", path));
  const status = flags.wait === true ? await untilStopRequest((signal) => untilOver(config, asked, signal)) : asked;
  if (flags.json === true) await writeJson(terminal.stdout, status);
  else for (const line of linesOf(status)) await writeLine(terminal.stdout, line);
  if (status.state === "failed")
    throw new TidemarkError("FORGET_FAILED", `not all is erased that request ${status.request} names: ${status.problem ?? "no reason was given"}`);
  return id !== undefined && status.found === false ? 1 : 0;
}

const statusPath = (request: string): string => `/v1/forget/${encodeURIComponent(request)}`;

function contactPath(id: string, { kind, erase }: SharedFlags): string {
  const streams = erase === undefined ? [] : String(erase).split(",");
  const unknown = streams.find((name) => !(ERASABLE as readonly string[]).includes(name));
  if (unknown !== undefined) throw usage(`--erase has "${unknown}", it must be some of ${ERASABLE.join(",")}`);
  const query = new URLSearchParams({ kind: readContactKind(kind), ...(streams.length === 0 ? {} : { erase: streams.join(",") }) });
  return `/v1/contacts/${encodeURIComponent(id)}?${query.toString()}`;
}

/** Also of a request that has failed: the engine answers that with 500 and its status. */
function statusIn(answer: EngineAnswer): ForgetStatus {
  const { state } = answer.body as Partial<ForgetStatus>;
  if (state !== undefined) return answer.body as ForgetStatus;
  if (answer.status === 404) throw new TidemarkError("NO_SUCH_REQUEST", saidIn(answer));
  throw new TidemarkError("FORGET_FAILED", `the engine did not take the request: ${saidIn(answer)}`);
}

/** Whoever stops waiting is told how far it was. */
async function untilOver(config: Config, asked: ForgetStatus, signal: AbortSignal): Promise<ForgetStatus> {
  let status = asked;
  let seen = performance.now();
  while (status.state !== "done" && status.state !== "failed" && !signal.aborted) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    try {
      status = statusIn(await askAsAdmin(config, "GET", statusPath(asked.request)));
      seen = performance.now();
    } catch (error) {
      const isAway = error instanceof TidemarkError && error.code === "ENGINE_UNREACHABLE";
      if (!isAway || performance.now() - seen > AWAY_MS) throw error;
    }
  }
  return { ...status, ...(status.found === undefined && asked.found !== undefined ? { found: asked.found } : {}) };
}

const STATES: Readonly<Record<ForgetStatus["state"], string>> = {
  recorded: "asked for: it stands in the log",
  applied: "gone from memory; what is left to do goes on",
  done: "done",
  failed: "gone from memory and checkpoints, but not all is erased",
};

function linesOf({ request, state, position, found, takenBack = 0, erase = [], erased = {} }: ForgetStatus): string[] {
  const known =
    found === undefined ? [] : [found ? "known before, and forgotten" : "nobody was known by this id: is it as producers send it, and of this kind?"];
  const back = takenBack === 0 ? [] : [`${counted(takenBack, "series message")} taken back`];
  const streams = erase.map((what) => `${STREAMS[what]}: ${erasedText(erased[what])}`);
  return [`request ${request} at position ${position}: ${STATES[state]}`, ...[...known, ...back, ...streams].map((line) => `  ${line}`)];
}

const STREAMS: Readonly<Record<Erasable, string>> = { log: "log", output: "output", dead: "dead letters" };

function erasedText(of: Erased | undefined): string {
  if (of === undefined) return "not erased yet";
  const left = of.left === 0 ? "" : `, ${of.left} left because others are in them too`;
  const unread = of.unread === undefined ? "" : `, ${of.unread} left that cannot be read`;
  return `${counted(of.erased, "message")} erased${left}${unread}`;
}
