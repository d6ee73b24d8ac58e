/**
 * Settings of sources that were once called otherwise: still read, with a warning.
 *
 * @module
 */
import type { Plugin } from "../../sdk/plugin.ts";

/** The setting that names files, as some built-in plugins of 0.1.0 called it. */
const FORMER_FILES = "paths";
const FILES = "files";

type Settings = { readonly [key: string]: unknown };

/** A source's config by today's names. */
export interface Renamed {
  readonly config: Settings;
  /** A setting that was found under its former name, and its name today. */
  readonly former?: { readonly key: string; readonly now: string };
}

/**
 * `config` with `paths` as `files`, for a built-in plugin that reads files by that name and has no
 * other setting called so. Where both are there, each is left to the plugin's own schema.
 */
export function renamed({ filesKey }: Pick<Plugin, "filesKey">, config: Settings): Renamed {
  if (filesKey !== FILES || !(FORMER_FILES in config) || FILES in config) return { config };
  const { [FORMER_FILES]: files, ...others } = config;
  return { config: { ...others, [FILES]: files }, former: { key: FORMER_FILES, now: FILES } };
}
