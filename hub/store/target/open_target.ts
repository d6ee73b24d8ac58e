/**
 * The target that a config names.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { Files } from "../../../sdk/runtime/files.ts";
import type { ColdConfig } from "./cold_config.ts";
import type { ColdTarget } from "./cold_target.ts";
import { readCredentials } from "./credentials.ts";
import { openFolderTarget } from "./folder_target.ts";
import type { Fetch } from "./s3_calls.ts";
import { openS3Target } from "./s3_target.ts";

/** What targets need of the machine. */
export interface TargetEnv {
  readonly files: Files;
  readonly now: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly variable: (name: string) => string | undefined;
  readonly fetch: Fetch;
}

/** Opens the target for the hub whose folder there is `scope`. */
export type OpenTarget = (scope: string) => ColdTarget;

/** Undefined where cold files stay in the store's own folder. */
export function targetOpener(config: ColdConfig, env: TargetEnv): OpenTarget | undefined {
  if (config.kind === "folder") {
    const { path } = config;
    if (path === undefined) return undefined;
    return (scope) => openFolderTarget({ folder: path, scope, files: env.files });
  }
  const { bucket, region, credentials, prefix } = config;
  const endpoint = new URL(config.endpoint ?? `https://s3.${region}.amazonaws.com`);
  const ca = config.ca_file === undefined ? undefined : readFileSync(config.ca_file, "utf8");
  const sources = {
    variable: env.variable,
    readText: (path: string) => readFileSync(path, "utf8"),
  };
  const account = {
    endpoint,
    bucket,
    region,
    pathStyle: config.path_style ?? config.endpoint !== undefined,
    ca,
    credentials: () => readCredentials(credentials, sources),
  };
  return (scope) => openS3Target({ account, prefix, scope, env });
}
