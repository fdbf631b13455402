// What `tidemark doctor` found about one thing: how it is, and what to do where it is not well.

/** `ok`: nothing to do. `warn`: it runs, and something should be known. `fail`: it does not run, or not for long. */
export interface Finding {
  readonly level: "ok" | "warn" | "fail";
  readonly what: string;
  readonly detail: string;
  /** What to do; null with ok. */
  readonly todo: string | null;
}

export const ok = (what: string, detail: string): Finding => ({ level: "ok", what, detail, todo: null });
export const warn = (what: string, detail: string, todo: string): Finding => ({ level: "warn", what, detail, todo });
export const fail = (what: string, detail: string, todo: string): Finding => ({ level: "fail", what, detail, todo });
