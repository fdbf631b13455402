// What a verb of the command line is: it declares its options and hands one function to whoever runs it. Which verbs there are
// is program.ts.

import type { Command } from "commander";
import type { SharedFlags } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

export type ExitCode = 0 | 1 | 2;
/** What a verb does once its options are read. `args` are its arguments, an optional variadic one as its parts. */
export type Action = (terminal: Terminal, flags: SharedFlags, args: readonly string[]) => Promise<ExitCode>;
/** Declares a verb: adds its command to the program and hands the action to `run`. */
export type Verb = (program: Command, run: (command: Command, action: Action) => void) => void;
