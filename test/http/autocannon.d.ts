// The part of autocannon that the tests and benchmarks use; the package has no types.
declare module "autocannon" {
  interface Result {
    readonly errors: number;
    readonly non2xx: number;
    readonly "2xx": number;
    /** s */
    readonly duration: number;
    readonly requests: { readonly average: number };
    /** ms */
    readonly latency: { readonly p50: number; readonly p99: number };
  }
  interface Options {
    readonly url: string;
    readonly connections: number;
    readonly amount?: number;
    /** s */
    readonly duration?: number;
    readonly method?: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }
  // biome-ignore lint/style/noDefaultExport: it is how the package exports it.
  export default function autocannon(options: Options): Promise<Result>;
}
