// The reference of all configuration keys, as a page (docs/configuration.md, held to this by a test) and as lines for a
// terminal. Both are made from the schema; what a person has to know besides stands here.

import { type ConfigKey, configKeys } from "../app/config.ts";

/** docs/configuration.md. */
export function configurationPage(): string {
  const [free, settled] = [configKeys().filter((key) => !key.inLog), configKeys().filter((key) => key.inLog)];
  return `# Configuration

Every key can be given in three ways: as a flag, in the environment, or in a YAML file named with \`--config tidemark.yaml\`. Flags beat the environment,
which beats the file. The common keys have flags of their own (\`tidemark run --help\`); \`--set key=value\` reaches every key. A key that does not exist, in the
file or in a flag, is refused. Lists are separated by commas in the environment. Paths start at the working directory. \`tidemark config\` prints what holds and where
each value came from, with secrets masked.

\`\`\`yaml
# tidemark.yaml
nats:
  url: nats://broker.internal:4222
packs: [rules/b2b-funnel.yaml, rules/ecommerce-rfm.yaml]
http:
  address: 0.0.0.0:8080
\`\`\`

## How it runs

These change no result and may be different at every start.

${tableOf(free)}

## What a new shard begins with

These are part of the log, because they can change a result: they count when a shard is begun, and stand in its first record from then on. If a later start says something else, it is refused
with the difference (SETTINGS_DIFFER).

${tableOf(settled)}
`;
}

/** All keys for a terminal: \`workers  TIDEMARK_WORKERS  a whole number, 1 to 64; default …\`. */
export const keyLines = (): readonly string[] =>
  configKeys().flatMap((key) => [
    `${key.name}  (${key.env})`,
    `    ${key.help}`,
    `    ${[key.kind, key.range, `default ${key.default}`].filter((part) => part !== "").join("; ")}`,
  ]);

function tableOf(keys: readonly ConfigKey[]): string {
  const rows = keys.map(
    (key) =>
      `| \`${key.name}\` | \`${key.env}\` | ${key.range === "" ? key.kind : key.kind === "text" ? key.range : `${key.kind}, ${key.range}`} | ${key.default} | ${key.help} |`,
  );
  return ["| key | environment | value | default | meaning |", "|---|---|---|---|---|", ...rows].join("\n");
}
