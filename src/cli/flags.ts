// Flags that several commands share: each stands for a key of the configuration and takes its help from there, so that a key
// is described once. `--set key=value` reaches every other key.

import type { Command } from "commander";
import { type ConfigOptions, configKeys, type LoadedConfig, loadConfig } from "../app/config.ts";
import { usage } from "./failure.ts";
import { type Terminal, writeLine } from "./terminal.ts";

const FLAGS = {
  "nats.url": "--nats <url>",
  "nats.creds": "--creds <file>",
  shard: "--shard <name>",
  clock: "--clock <stored|event>",
  packs: "--pack <file>",
  policy: "--policy <file>",
  state: "--state <folder>",
  workers: "--workers <number>",
  "http.address": "--http <host:port|off>",
  "log.level": "--log-level <level>",
} as const satisfies Record<string, string>;

export type FlagKey = keyof typeof FLAGS;

/** What commander makes of the flags below. */
export interface SharedFlags {
  readonly json?: boolean;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly [flag: string]: unknown;
}

/** Adds `--config`, `--set`, `--json` and a flag for each of these keys. */
export function addSharedFlags(command: Command, keys: readonly FlagKey[]): Command {
  for (const key of keys) {
    const declared = configKeys().find((one) => one.name === key);
    const help = `${declared?.help ?? ""}${declared?.default === "(empty)" ? "" : `; default ${declared?.default ?? ""}`}`;
    if (key === "packs") command.option(FLAGS[key], `${help}; may be repeated`, collect);
    else command.option(FLAGS[key], help);
  }
  return command
    .option("--config <file>", "configuration file (YAML); see `tidemark config`")
    .option("--set <key=value>", "any other key of the configuration, e.g. --set batch.events=1000; may be repeated", collect)
    .option("--json", "machine-readable output");
}

/** The configuration as file, environment and these flags make it. Suspicious things are told on stderr. */
export async function configFrom(flags: SharedFlags, terminal: Terminal, more: NonNullable<ConfigOptions["flags"]> = []): Promise<LoadedConfig> {
  const loaded = loadConfig({ file: flags.config, flags: [...given(flags), ...pairs(flags.set ?? []), ...more] });
  for (const warning of loaded.warnings) await writeLine(terminal.stderr, `tidemark: warning: ${warning}`);
  return loaded;
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

function given(flags: SharedFlags): NonNullable<ConfigOptions["flags"]> {
  return Object.entries(FLAGS).flatMap(([key, spelled]) => {
    const label = spelled.split(" ")[0] ?? spelled;
    const value = flags[label.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    return value === undefined ? [] : [{ key, value: value as string | readonly string[], label }];
  });
}

function pairs(set: readonly string[]): NonNullable<ConfigOptions["flags"]> {
  return set.map((pair) => {
    const at = pair.indexOf("=");
    if (at <= 0) throw usage(`--set takes key=value, not "${pair}"`);
    return { key: pair.slice(0, at), value: pair.slice(at + 1), label: "--set" };
  });
}
