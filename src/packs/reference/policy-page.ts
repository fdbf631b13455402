// The reference of the policy as a page (docs/policy-language.md, held to this by a test).

import { POLICY_LIMITS } from "../policy-schema.ts";
import { POLICY_REFERENCE } from "./policy.ts";
import { section } from "./section.ts";

/** docs/policy-language.md. */
export function policyPage(): string {
  return `# The policy, word by word

Every word that a policy may use, what it takes and an example. What it means to the last detail is in [policy.md](policy.md); [rules/policy.yaml](../rules/policy.yaml) ships. Editors that know JSON Schema take
[policy.schema.json](policy.schema.json): begin a policy with \`# yaml-language-server: $schema=…/docs/policy.schema.json\`. \`tidemark check --policy\` says everything that a schema cannot.

Names of channels and of consent are \`[a-z][a-z0-9_]*\`, at most 64 characters. A duration is a whole number and \`s\`, \`m\`, \`h\`, \`d\` or \`w\`; a window is one that is a whole number of its buckets (a minute up to \`1h\`, an hour up to \`2d\`, a day up to \`400d\`).

${Object.values(POLICY_REFERENCE).map(section).join("\n\n")}

## How much there can be

A policy has at most ${POLICY_LIMITS.channels} channels of ${POLICY_LIMITS.caps} caps each, ${POLICY_LIMITS.suppress} entries of \`suppress\` and ${POLICY_LIMITS.places} places in each. A message is held for at most ${POLICY_LIMITS.holdMs / 86_400_000} days.
`;
}
