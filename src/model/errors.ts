// The catalogue of errors: every failure that a person can meet has a code, says whether a retry can help, and what to do
// next. docs/errors.md lists the same codes; a test holds the two together. Programming mistakes are not here: they are
// assertions and stop the process.

interface ErrorKind {
  /** Whether the same call can succeed later without anybody changing anything. */
  readonly retry: boolean;
  /** Of a loud stop: what is as it was and can be relied on. It ends every message of this code. */
  readonly safe?: string;
  /** What the operator does next; where there is a choice, the commands to choose between. */
  readonly hint: string;
  /** Exit code of a command that ends with it: 1 a finding, 2 misuse. */
  readonly exit: 1 | 2;
}

export const ERRORS = {
  USAGE: { retry: false, exit: 2, hint: "See `tidemark <command> --help`." },
  CONFIG_INVALID: { retry: false, exit: 2, hint: "`tidemark config --keys` prints every key with its type and default." },
  FILE_UNREADABLE: { retry: false, exit: 2, hint: "Check the path and its permissions." },
  PACK_INVALID: { retry: false, exit: 2, hint: "`tidemark check <pack>` lists every mistake with its line." },
  POLICY_INVALID: { retry: false, exit: 2, hint: "`tidemark check --policy <file>` lists every mistake with its line." },
  MAPPING_INVALID: { retry: false, exit: 2, hint: "`tidemark map <sample> --mapping <file>` lists every mistake with its line." },
  PACK_REFUSED: { retry: false, exit: 2, hint: "Raise `version:` in the pack, or start with the text that is live." },
  BROKER_UNREACHABLE: { retry: true, exit: 1, hint: "Is nats-server up, and is NATS_URL right? `tidemark doctor` says more." },
  BROKER_NO_JETSTREAM: { retry: false, exit: 1, hint: "Start nats-server with `-js`." },
  STREAM_UNSUITABLE: { retry: false, exit: 2, hint: "Change the stream's settings as named, or name another shard." },
  STREAM_EXISTS: { retry: false, exit: 2, hint: "The demo deletes its streams when it ends, so it refuses ones that it did not make. Name another server." },
  SETTINGS_DIFFER: {
    retry: false,
    exit: 2,
    safe: "No event was read, and nothing was published.",
    hint: "Either take the log's values (`tidemark run --set <key>=<value in the log>`), or begin a log of its own with yours (`tidemark run --shard <new name>`).",
  },
  INPUT_LOST: {
    retry: false,
    exit: 1,
    safe: "Nothing from behind the gap was applied, and what was published before stands.",
    hint: "Either put the missing messages back from a backup of the stream (`nats stream restore <backup>`), or begin a log of its own (`tidemark run --shard <new name>`); `tidemark inspect --export` still has the contacts of this one.",
  },
  LOG_CHANGED: {
    retry: false,
    exit: 1,
    safe: "Nothing was taken from this log, and the state folder and the output are as they were.",
    hint: "Either put the old data back (`nats stream restore <backup>`), or start over from what this log holds: move the state away (`mv <state>/<shard> <state>/<shard>.old`), delete the output (`nats stream rm TIDEMARK_OUT_<shard>`), and start.",
  },
  OUTPUT_DIFFERS: {
    retry: false,
    exit: 1,
    safe: "Nothing more is published, and the state folder and both streams are as they were.",
    hint: "Either put the output's data back (`nats stream restore <backup>`), or publish everything anew from the log: move the state away (`mv <state>/<shard> <state>/<shard>.old`), delete the output (`nats stream rm TIDEMARK_OUT_<shard>`), and start.",
  },
  OUTPUT_UNREADABLE: {
    retry: false,
    exit: 1,
    safe: "Nothing was published by this start.",
    hint: "Choose: with `tidemark run --assume-sent` the last few effects may never be sent, with `tidemark run --send-again` they may be sent twice.",
  },
  OWNER_LOST: {
    retry: false,
    exit: 1,
    safe: "What this one published before the other started stands, once; whatever it may have sent since does not count.",
    hint: "Either leave the shard to the other (`nats stream get TIDEMARK_OUT_<shard> --last-for tidemark.epoch.<shard>` shows when it started), or stop that one and start here (`tidemark run`).",
  },
  CLOCK_AHEAD: {
    retry: false,
    exit: 1,
    safe: "The message was not applied, and nothing behind it.",
    hint: "Either set this machine's clock right if it is behind, and start again (`tidemark run`); or, if the broker's clock had run ahead, set that right and delete the message (`nats stream rmm TIDEMARK_LOG_<shard> <position>`).",
  },
  STATE_LOCKED: { retry: false, exit: 2, hint: "Stop that process, or name another folder with --state." },
  STATE_DAMAGED: {
    retry: false,
    exit: 1,
    safe: "The log and the output are untouched.",
    hint: "Move the folder away (`mv <state>/<shard> <state>/<shard>.damaged`); then either put a copy from a backup in its place (`cp -a <backup>/<shard> <state>/`), or let `tidemark run` rebuild it from the log, which must hold its first message.",
  },
  DISK_FAILED: { retry: false, exit: 1, hint: "Free space or replace the disk. The last good checkpoint is untouched." },
  DEAD_LETTER_FAILED: { retry: true, exit: 1, hint: "The stream TIDEMARK_DEAD does not take messages: check its limits." },
  CAPACITY: { retry: false, exit: 1, hint: "A limit of the settings is reached. The message names it." },
  STOP_CUT_SHORT: {
    retry: true,
    exit: 1,
    hint: "Nothing is lost: the next start goes on from the last checkpoint. Raise `stop.deadline_s` if it happens again.",
  },
  PORT_TAKEN: { retry: false, exit: 2, hint: "Name another address with --http." },
  ENGINE_UNREACHABLE: {
    retry: true,
    exit: 1,
    hint: "Is `tidemark run` up, and is --http its address? `tidemark explain --state` asks its checkpoints instead, and `tidemark gaps --offline` the packs alone.",
  },
  NO_SUCH_CONTACT: { retry: false, exit: 1, hint: "Is the id as producers send it? For an anonymous id add `--kind anonymous`." },
  NOT_ALLOWED: {
    retry: false,
    exit: 2,
    hint: "Give the engine's `http.admin_token` here too (TIDEMARK_HTTP_ADMIN_TOKEN, or the same --config). An engine that other machines can reach needs one.",
  },
  NO_SUCH_REQUEST: { retry: false, exit: 1, hint: "A request is known for `forgotten.keep_ms`; ask again with `tidemark forget <contact>`." },
  FORGET_FAILED: {
    retry: true,
    exit: 1,
    hint: "The engine tries again by itself, at least once an hour and when it is started; `tidemark forget --request <name>` says how far it is.",
  },
  NO_SUCH_LETTER: { retry: false, exit: 1, hint: "`tidemark dead ls --reason <reason>` lists ids. Letters age out with the stream TIDEMARK_DEAD." },
  WORKER_DIED: { retry: true, exit: 1, hint: "Start again: the engine recovers from its checkpoint. If it happens at the same position again, report it." },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** An error for a person: `message` says what and where, and after a loud stop what is safe; `hint` says what to do. Printed as one line, never as a stack trace. */
export class TidemarkError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(withSafe(code, message), options);
    this.name = "TidemarkError";
    this.code = code;
  }

  get retry(): boolean {
    return ERRORS[this.code].retry;
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }

  get exit(): 1 | 2 {
    return ERRORS[this.code].exit;
  }
}

function withSafe(code: ErrorCode, message: string): string {
  const { safe }: ErrorKind = ERRORS[code];
  if (safe === undefined) return message;
  return `${/[.!?]$/.test(message) ? message : `${message}.`} ${safe}`;
}
