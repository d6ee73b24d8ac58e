/**
 * Import directions: down only, never sideways.
 *
 * @module
 */
import { type Import, importsOf, type SourceFile } from "./source_file.ts";

interface Rule {
  /** Files it holds for. */
  readonly of: RegExp;
  /** What they may import of ours. */
  readonly may: readonly RegExp[];
  readonly law: string;
}

/** The first rule whose `of` matches a file holds for it. */
const RULES: readonly Rule[] = [
  { of: /^sdk\//, may: [/^sdk\//], law: "sdk imports nothing of ours" },
  {
    of: /^plugins\/builtin\.ts$/,
    may: [/^plugins\/[a-z0-9_]+\/mod\.ts$/, /^sdk\//],
    law: "plugins/builtin.ts names plugins, nothing else",
  },
  { of: /^plugins\//, may: [/^sdk\//], law: "a plugin imports sdk alone" },
  {
    of: /^agent\//,
    may: [/^agent\//, /^sdk\//, /^plugins\/builtin\.ts$/, /^package\.json$/],
    law: "the agent imports sdk and the list of built-in plugins",
  },
  {
    of: /^hub\/web\/(?!build\.ts|.*\.test\.)/,
    may: [
      /^hub\/web\//,
      /^sdk\/(client|api)\//,
      /^sdk\/proof\/(portable_provider|trust|verdict|verdict_words|verify)\.ts$/,
    ],
    law: "hub/web reaches the hub through sdk/client and sdk/api only, and judges by sdk/proof",
  },
  {
    of: /^hub\/hunt\//,
    may: [/^hub\/(?!web\/)/, /^sdk\//, /^plugins\/builtin\.ts$/],
    law: "the hub's hunt imports sdk and the list of built-in plugins",
  },
  {
    of: /^hub\//,
    may: [/^hub\/(?!web\/)/, /^hub\/web\/build\.ts$/, /^sdk\//, /^package\.json$/],
    law: "the hub imports sdk, never the agent, a plugin or its page",
  },
  {
    of: /^compile\//,
    may: [/^compile\//, /^hub\/web\/build\.ts$/],
    law: "compile imports nothing that it compiles",
  },
];

/** Who may know the list of built-in plugins. */
const KNOWS_PLUGINS = [
  /^agent\/(agent|commands|main)\.ts$/,
  /^agent\/commands\//,
  /^hub\/hunt\//,
  /^(test|bench)\//,
  /\.test\.ts$/,
];

/** Tells each import of `file` that goes against a direction. */
export function wrongDirections(file: SourceFile): readonly string[] {
  return importsOf(file).flatMap((one) => {
    const law = brokenLaw(file.path, one);
    return law === undefined ? [] : [`${file.path} imports ${one.specifier}: ${law}`];
  });
}

function brokenLaw(from: string, { specifier, path }: Import): string | undefined {
  if (path === undefined) return undefined;
  if (!/\.(ts|tsx|mjs|js|json|css|html)$/.test(specifier)) return "a relative path has its ending";
  const plugin = /^plugins\/[a-z0-9_]+\//.exec(from)?.[0];
  if (plugin !== undefined && path.startsWith(plugin)) return undefined;
  if (path === "plugins/builtin.ts" && !KNOWS_PLUGINS.some((who) => who.test(from))) {
    return "only the agent's wiring and hub/hunt know the built-in plugins";
  }
  const rule = RULES.find(({ of }) => of.test(from));
  return rule === undefined || rule.may.some((may) => may.test(path)) ? undefined : rule.law;
}
