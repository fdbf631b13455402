// The words of a policy: which keys each block takes, and how many of each thing it may have. schema.ts is the same for packs;
// what the words mean is in docs/policy.md and load-policy*.ts.

import type { Block } from "./schema.ts";

export const POLICY_BLOCKS = {
  policy: {
    name: "a policy",
    keys: ["policy", "zone", "channels", "everyone", "transactional", "when_quiet", "when_capped", "priority", "hold_out", "suppress"],
    later: {},
  },
  zone: { name: "`zone`", keys: ["trait", "else"], later: {} },
  channel: { name: "a channel", keys: ["reaches", "consent", "cap", "quiet"], later: {} },
  consent: { name: "`consent`", keys: ["key", "default"], later: {} },
  everyone: { name: "`everyone`", keys: ["cap"], later: {} },
  transactional: { name: "`transactional`", keys: ["cap", "consent", "quiet", "hold_out"], later: {} },
  whenQuiet: { name: "`when_quiet`", keys: ["hold", "check_again"], later: {} },
  holdOut: { name: "`hold_out`", keys: ["percent", "salt"], later: {} },
  suppress: { name: "an entry of `suppress`", keys: ["in", "except", "channels"], later: {} },
} as const satisfies Record<string, Block>;

export const POLICY_LIMITS = { channels: 50, caps: 5, suppress: 50, places: 50, holdMs: 7 * 86_400_000 } as const;
