// How a failure looks to a person: one line with its code, what and where, and what to do next; never a stack trace unless
// it was asked for. With --json the same as one JSON object. Both go to stderr: stdout stays what a program can read.

import { CommanderError } from "commander";
import { TidemarkError } from "../model/errors.ts";

export interface Failure {
  readonly line: string;
  readonly exit: 1 | 2;
}

/** What to print and how to end. `debug` adds the stack. */
export function describeFailure(error: unknown, options: { readonly json: boolean; readonly debug: boolean }): Failure {
  const known = error instanceof CommanderError ? usageError(error) : error;
  const stack = options.debug && error instanceof Error ? (error.stack ?? "") : undefined;
  if (!(known instanceof TidemarkError)) return unexpected(error, options.json, stack);
  const { code, message, hint, retry, exit } = known;
  const line = options.json ? JSON.stringify({ error: { code, message, hint, retry, stack } }) : `tidemark: ${code}: ${sentence(message)} ${hint}`;
  return { line: options.json || stack === undefined ? line : `${line}\n${stack}`, exit };
}

/** Commander's own complaint in our form: "error: unknown option '--pak'\n(Did you mean --pack?)" and its like. */
function usageError(error: CommanderError): TidemarkError {
  const message = error.message
    .replace(/^error: /, "")
    .replace(/\s*\n\s*\(Did you mean (?:one of )?(.+)\?\)/, "; did you mean $1?")
    .replaceAll("\n", " ");
  return new TidemarkError("USAGE", message, { cause: error });
}

function unexpected(error: unknown, json: boolean, stack: string | undefined): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const hint = "This is a mistake in Tidemark: please report it, with what TIDEMARK_DEBUG=1 prints.";
  if (json) return { line: JSON.stringify({ error: { code: "UNEXPECTED", message, hint, retry: false, stack } }), exit: 1 };
  return { line: stack ?? `tidemark: UNEXPECTED: ${sentence(message.replaceAll("\n", " "))} ${hint}`, exit: 1 };
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** A misuse of the command line: what is wrong, and where. */
export const usage = (message: string): TidemarkError => new TidemarkError("USAGE", message);
