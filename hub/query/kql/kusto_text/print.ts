export function printKusto(_: unknown): { kql: string; tables: readonly string[] } {
  throw new Error("not yet");
}
