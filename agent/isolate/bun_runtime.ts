/**
 * What is used of Bun where there is no interface that every runtime has. Under Deno it is not
 * there, and neither are its types.
 *
 * @module
 */

/** Modules out of nothing, and the bundler. */
export interface BunRuntime {
  plugin(plugin: {
    readonly name: string;
    setup(build: { module(name: string, load: () => VirtualModule): void }): void;
  }): void;
  build(options: object): Promise<{ readonly outputs: readonly { text(): Promise<string> }[] }>;
  readonly Transpiler: new (options: { readonly loader: "js" }) => {
    scanImports(code: string): readonly { readonly path: string }[];
  };
}

export type VirtualModule =
  | { readonly loader: "object"; readonly exports: object }
  | { readonly loader: "js"; readonly contents: string };

/** Undefined in another runtime. */
export function bunRuntime(): BunRuntime | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Bun's own global
  return Reflect.get(globalThis, "Bun") as BunRuntime | undefined;
}
