// `tidemark config`: what every key is now and where its value came from, with secrets masked; and the reference of all keys.
// A configuration that cannot be used is one line, as everywhere, which says how to print the reference.

import type { Command } from "commander";
import { configKeys, shownValue } from "../app/config.ts";
import { configurationPage, keyLines } from "./config-page.ts";
import { addSharedFlags, configFrom, type FlagKey, type SharedFlags } from "./flags.ts";
import { type Terminal, table, write, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

const FLAGS = ["nats.url", "nats.creds", "shard", "clock", "packs", "state", "workers", "http.address", "log.level"] as const satisfies readonly FlagKey[];

export const configVerb: Verb = (program, run) => {
  const command: Command = program
    .command("config")
    .summary("print the configuration")
    .description("Prints every key of the configuration with its value and where that came from. Secrets are masked.")
    .option("--keys", "print what each key means, its type, range and default, instead of its value")
    .option("--markdown", "print the reference page docs/configuration.md")
    .addHelpText("after", "\nExamples:\n  tidemark config --config tidemark.yaml\n  TIDEMARK_WORKERS=2 tidemark config --json\n  tidemark config --keys");
  addSharedFlags(command, FLAGS);
  run(command, (terminal, flags) => config(terminal, flags));
};

async function config(terminal: Terminal, flags: SharedFlags): Promise<ExitCode> {
  if (flags.markdown === true) await write(terminal.stdout, configurationPage());
  else if (flags.keys === true) await printKeys(terminal, flags.json === true);
  else await printValues(terminal, flags);
  return 0;
}

async function printKeys(terminal: Terminal, json: boolean): Promise<void> {
  if (json) return writeJson(terminal.stdout, configKeys());
  for (const line of keyLines()) await writeLine(terminal.stdout, line);
}

async function printValues(terminal: Terminal, flags: SharedFlags): Promise<void> {
  const loaded = await configFrom(flags, terminal);
  const rows = configKeys().map((key) => ({
    key: key.name,
    value: shownValue(loaded.config, key),
    from: loaded.sources.get(key.name) ?? "default",
    env: key.env,
  }));
  if (flags.json === true) return writeJson(terminal.stdout, Object.fromEntries(rows.map(({ key, ...rest }) => [key, rest])));
  const header = ["key", "value", "from", "environment"];
  for (const line of table([header, ...rows.map((row) => [row.key, String(row.value), row.from, row.env])])) await writeLine(terminal.stdout, line);
}
