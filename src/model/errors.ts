// The catalogue of errors: every failure that a person can meet has a code, says whether a retry can help, and what to do
// next. docs/errors.md lists the same codes; a test holds the two together. Programming mistakes are not here: they are
// assertions and stop the process.

interface ErrorKind {
  /** Whether the same call can succeed later without anybody changing anything. */
  readonly retry: boolean;
  /** What the operator does next. */
  readonly hint: string;
  /** Exit code of a command that ends with it: 1 a finding, 2 misuse. */
  readonly exit: 1 | 2;
}

export const ERRORS = {
  USAGE: { retry: false, exit: 2, hint: "See `tidemark <command> --help`." },
  CONFIG_INVALID: { retry: false, exit: 2, hint: "`tidemark config` prints every key with its type and default." },
  FILE_UNREADABLE: { retry: false, exit: 2, hint: "Check the path and its permissions." },
  PACK_INVALID: { retry: false, exit: 2, hint: "`tidemark check <pack>` lists every mistake with its line." },
  PACK_REFUSED: { retry: false, exit: 2, hint: "Raise `version:` in the pack, or start with the text that is live." },
  BROKER_UNREACHABLE: { retry: true, exit: 1, hint: "Is nats-server up, and is NATS_URL right? `tidemark doctor` says more." },
  BROKER_NO_JETSTREAM: { retry: false, exit: 1, hint: "Start nats-server with `-js`." },
  STREAM_UNSUITABLE: { retry: false, exit: 2, hint: "Change the stream's settings as named, or name another shard." },
  STREAM_EXISTS: { retry: false, exit: 2, hint: "The demo deletes its streams when it ends, so it refuses ones that it did not make. Name another server." },
  SETTINGS_DIFFER: { retry: false, exit: 2, hint: "Settings are part of the log: go back to the old values, or start a new shard." },
  INPUT_LOST: { retry: false, exit: 1, hint: "Messages that were not processed are gone from the log. Raise the stream's limits; then start a new shard, or restore the broker's data." },
  LOG_CHANGED: { retry: false, exit: 1, hint: "The log is not the one the checkpoint was made from. Restore the broker's data, or move the state folder away to start from what the log holds." },
  OUTPUT_DIFFERS: { retry: false, exit: 1, hint: "Stop and keep both the state folder and the streams: `tidemark replay --log` shows which is right." },
  OUTPUT_UNREADABLE: { retry: false, exit: 1, hint: "Choose `--assume-sent` or `--send-again`." },
  OWNER_LOST: { retry: false, exit: 1, hint: "Another engine has started on this shard. Stop one of the two." },
  CLOCK_AHEAD: { retry: false, exit: 1, hint: "A message is stamped far in the future. Set the broker's clock right and delete the message at that position." },
  STATE_LOCKED: { retry: false, exit: 2, hint: "Another process uses this state folder. Stop it, or name another with --state." },
  STATE_DAMAGED: { retry: false, exit: 1, hint: "No generation of the checkpoint can be read. Move the state folder away: the engine then starts from what the log holds." },
  DISK_FAILED: { retry: false, exit: 1, hint: "Free space or replace the disk. The last good checkpoint is untouched." },
  DEAD_LETTER_FAILED: { retry: true, exit: 1, hint: "The stream TIDEMARK_DEAD does not take messages: check its limits." },
  CAPACITY: { retry: false, exit: 1, hint: "A limit of the settings is reached. The message names it." },
  STOP_CUT_SHORT: { retry: true, exit: 1, hint: "Nothing is lost: the next start goes on from the last checkpoint. Raise `stop.deadline_s` if it happens again." },
  PORT_TAKEN: { retry: false, exit: 2, hint: "Name another address with --http." },
  WORKER_DIED: { retry: true, exit: 1, hint: "Start again: the engine recovers from its checkpoint. If it happens at the same position again, report it." },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** An error for a person: `message` says what and where, `hint` what to do. Printed as one line, never as a stack trace. */
export class TidemarkError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
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
