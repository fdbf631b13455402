// The part of autocannon that the tests use; the package has no types.
declare module "autocannon" {
  interface Result {
    readonly errors: number;
    readonly non2xx: number;
    readonly "2xx": number;
    readonly requests: { readonly average: number };
  }
  // biome-ignore lint/style/noDefaultExport: it is how the package exports it.
  export default function autocannon(options: { readonly url: string; readonly connections: number; readonly amount: number }): Promise<Result>;
}
