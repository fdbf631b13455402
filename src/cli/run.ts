// `tidemark run`: the engine, until it is asked to stop or cannot go on.

import { createLog } from "../app/log.ts";
import { type Serving, serve } from "../app/serve.ts";
import { usage } from "./failure.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { loadMappings } from "./mapping-files.ts";
import { loadPacks } from "./pack-files.ts";
import { loadConfiguredPolicy } from "./policy-file.ts";
import { untilStopRequest } from "./signals.ts";
import { counted, type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const runVerb: Verb = (program, run) => {
  const command = program
    .command("run")
    .summary("run the engine")
    .description("Reads a shard's log, keeps its contacts, and publishes transitions and triggers. Makes the shard's streams where there are none.")
    .option("--assume-sent", "the output stream's last message cannot be read: take it that everything before this start was sent")
    .option("--send-again", "the output stream's last message cannot be read: send again what cannot be shown to be sent")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark run\n  tidemark run --nats nats://10.0.0.5:4222 --pack rules/b2b-funnel.yaml --workers 4\n  tidemark run --config tidemark.yaml --http 127.0.0.1:9090\n\nCtrl-C or SIGTERM: a clean stop with a checkpoint. Log lines go to stderr. Exit: 0 stopped as asked, 1 it could not go on, 2 misuse.",
    );
  addSharedFlags(command, ["nats.url", "nats.creds", "shard", "clock", "packs", "policy", "state", "workers", "http.address", "log.level"]);
  run(command, runEngine);
};

async function runEngine(terminal: Terminal, flags: SharedFlags): Promise<ExitCode> {
  if (flags.assumeSent === true && flags.sendAgain === true) throw usage("--assume-sent and --send-again exclude each other");
  const { config, sources } = await configFrom(flags, terminal);
  const packs = loadPacks(config.packs);
  const policy = loadConfiguredPolicy(config.policy);
  const mappings = loadMappings(config.edge.mappings);
  const logger = createLog({ level: config.log.level, format: config.log.format });
  const unreadable = flags.assumeSent === true ? "assume-sent" : flags.sendAgain === true ? "send-again" : "stop";
  const engine = await untilStopRequest(async (signal) => {
    const serving = await serve({
      config,
      packs,
      packsByDefault: sources.get("packs") === "default",
      policy,
      mappings,
      logger,
      unreadable,
      publicAlias: config.shard === "0",
    });
    await untilStopped(serving, signal);
    return serving.engine;
  });
  const summary = { ...engine.status(), digest: await engine.digest() };
  if (flags.json === true) await writeJson(terminal.stdout, summary);
  else
    await writeLine(
      terminal.stderr,
      `stopped at position ${summary.position}: ${counted(summary.events, "event")}, ${counted(summary.transitions, "transition")}, ${counted(summary.triggers, "trigger")}, ${counted(summary.contacts, "contact")}`,
    );
  return 0;
}

/** Resolves after a clean stop; throws what ended the engine. */
async function untilStopped(serving: Serving, signal: AbortSignal): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  try {
    await Promise.race([asked, serving.engine.ended]);
  } finally {
    await serving.stop();
  }
  await serving.engine.ended;
}
