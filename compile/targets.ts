/**
 * What `npm run build` can build.
 *
 * @module
 */

export interface Target {
  /** As in the program's file name. */
  readonly name: string;
  readonly bun: Bun.Build.CompileTarget;
  /** The npm package of the Bun binary that ours is made from. */
  readonly basePackage: string;
  /** The binary's path in that package. */
  readonly basePath: string;
  /** Under `dist/`. */
  readonly program: string;
}

/** The target that `npm run build` makes alone, and that the tests run. */
export const LINUX_X64: Target = {
  name: "linux-x64",
  bun: "bun-linux-x64",
  basePackage: "@oven/bun-linux-x64",
  basePath: "bin/bun",
  program: "custos",
};

/** All targets, for `npm run build:all`. */
export const TARGETS: readonly Target[] = [
  LINUX_X64,
  {
    name: "linux-arm64",
    bun: "bun-linux-arm64",
    basePackage: "@oven/bun-linux-aarch64",
    basePath: "bin/bun",
    program: "custos-linux-arm64",
  },
  {
    name: "darwin-arm64",
    bun: "bun-darwin-arm64",
    basePackage: "@oven/bun-darwin-aarch64",
    basePath: "bin/bun",
    program: "custos-darwin-arm64",
  },
  {
    name: "windows-x64",
    bun: "bun-windows-x64",
    basePackage: "@oven/bun-windows-x64",
    basePath: "bin/bun.exe",
    program: "custos-windows-x64.exe",
  },
];

/**
 * The target of this machine.
 *
 * @throws {Error} If there is none.
 */
export function hostTarget(): Target {
  const name = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const found = TARGETS.find((target) => target.name === name);
  if (found === undefined) throw new Error(`Cannot build for ${name}: no target has that name`);
  return found;
}
