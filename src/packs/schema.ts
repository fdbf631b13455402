// The words of the language: which keys each block takes, which the language reserves for a later version (refused with
// advice, never ignored), which words cannot be names, and how many of each thing a pack may have. What they mean is in
// docs/packs.md and in the load-*.ts files.

export interface Block {
  /** As messages name it: "a trigger". */
  readonly name: string;
  readonly keys: readonly string[];
  /** Reserved keys that this version does not know -> what to do instead. */
  readonly later: Readonly<Record<string, string>>;
}

export const BLOCKS = {
  pack: {
    name: "a pack",
    keys: [
      "pack",
      "version",
      "zone",
      "currency",
      "exclude",
      "catch_up",
      "events",
      "traits",
      "measures",
      "scores",
      "grids",
      "bands",
      "population",
      "rfm",
      "value",
      "audiences",
      "segments",
      "stages",
      "triggers",
      "targets",
    ],
    later: {},
  },
  zone: { name: "`zone`", keys: ["trait", "else"], later: {} },
  event: {
    name: "an event",
    keys: ["track", "page", "screen", "identify", "group", "any", "where", "value", "key", "undoes", "once", "stage"],
    later: {},
  },
  target: { name: "a target", keys: ["percent", "within"], later: {} },
  once: { name: "`once`", keys: ["per", "in"], later: {} },
  trait: { name: "a trait", keys: ["type", "from", "keep", "personal"], later: {} },
  measure: {
    name: "a measure",
    keys: [
      ...["count", "sum", "min", "max", "first", "last", "latest", "earliest", "days", "distinct", "sessions", "gap", "streak", "top"],
      ...["of", "window", "type", "limit", "quiet", "unit", "keep"],
    ],
    later: {},
  },
  score: { name: "a score", keys: ["range", "decay", "points", "while"], later: {} },
  decay: { name: "decay", keys: ["half_life", "linear", "expiry"], later: {} },
  points: { name: "a points rule", keys: ["add", "cap", "decay"], later: {} },
  step: { name: "a step", keys: ["after", "message", "channel", "params", "expires", "if"], later: {} },
  goal: { name: "a goal", keys: ["event", "enter", "answered", "within"], later: {} },
  channel: { name: "a channel", keys: ["first", "all"], later: {} },
  while: { name: "a `while` rule", keys: ["points", "if"], later: {} },
  band: { name: "a band", keys: ["of", "at"], later: {} },
  audience: { name: "an audience", keys: ["if", "until"], later: {} },
  rfm: { name: "rfm", keys: ["of", "window", "frequency", "bins", "method", "cuts", "free", "recut"], later: {} },
  population: { name: "a number of the population", keys: ["mean", "quantile", "at", "window", "free", "every", "others_moved"], later: {} },
  value: { name: "value", keys: ["of", "unit", "next", "free", "bg_nbd", "gamma_gamma"], later: {} },
  bg_nbd: { name: "bg_nbd", keys: ["r", "alpha", "a", "b"], later: {} },
  gamma_gamma: { name: "gamma_gamma", keys: ["p", "q", "gamma"], later: {} },
  cuts: { name: "cuts", keys: ["r", "f", "m"], later: {} },
  recut: { name: "recut", keys: ["every", "others_moved"], later: {} },
  segments: { name: "segments", keys: ["among", "list", "codes"], later: {} },
  stages: { name: "stages", keys: ["order", "moves", "set_by"], later: {} },
  hand: { name: "the `stage` of an event", keys: ["from", "by", "reason"], later: {} },
  move: { name: "a move", keys: ["to", "from", "event", "if", "for", "stay", "reset"], later: {} },
  trigger: {
    name: "a trigger",
    keys: [
      "enter",
      "leave",
      "event",
      "rises",
      "falls",
      "silent",
      "started",
      "without",
      "within",
      "from",
      "in",
      "if",
      "for",
      "after",
      "repeat",
      "channel",
      "message",
      "carry",
      "params",
      "purpose",
      "priority",
      "expires",
      "owner",
      "steps",
      "goal",
      "variants",
      "reaches",
      "overdue",
      "by",
      "date",
      "before",
      "every",
      "at",
      "broadcast",
    ],
    later: {},
  },
} as const satisfies Record<string, Block>;

/** Kinds of when a trigger has; exactly one. */
export const WHENS = ["enter", "leave", "event", "rises", "falls", "reaches", "silent", "overdue", "started", "date", "every", "broadcast"] as const;

export const NAME = /^[a-z][a-z0-9_]{0,63}$/;
export const PACK_NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/** Vocabulary of conditions, functions, and words that CEL keeps for itself: a name like these could not be told apart. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...["stage", "segment", "days_in_stage", "identified", "traits", "properties", "context", "name", "population", "value", "event"],
  ...["days_since", "hours_since", "never", "missing", "has", "size", "matches", "contains", "double", "int", "string", "duration", "timestamp", "now"],
  ...["true", "false", "null", "in", "any", "none", "back", "before", "after", "else"],
  ...["as", "break", "const", "continue", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"],
]);

/** How many of each a pack may have: far beyond what anyone can read, and small enough that checking stays quick. */
export const LIMITS = {
  events: 500,
  traits: 200,
  measures: 500,
  scores: 100,
  rules: 200,
  grids: 50,
  bands: 100,
  population: 50,
  audiences: 200,
  segments: 200,
  stages: 100,
  moves: 500,
  triggers: 1000,
  targets: 200,
  list: 100,
  params: 32,
  /** Values that a `distinct` remembers: without `limit`, and at most. */
  distinct: 64,
  distinct_most: 1000,
  /** Values that a `top` gives, at most. */
  top: 10,
  /** Weeks or months that a window has, at most. */
  window_units: 120,
  steps: 50,
  /** Numbers that a `reaches` has, and durations that a `date` has. */
  reaches: 50,
  dates: 20,
  variants: 20,
  text: 256,
  condition: 4000,
} as const;
