// How the set-up talks: one line on stderr, with our name before it so that it is told apart from npm's own lines.

/** @param {string} line */
export function say(line) {
  process.stderr.write(`tidemark: ${line}\n`);
}

/** What a person can do something about; shown as its message alone. Anything else is a mistake of ours and keeps its trace. */
export class SetupError extends Error {}
