/**
 * The cold target of a config, with the real network and clock.
 *
 * @module
 */
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { type HubConfig, HubConfigError } from "../config.ts";
import { type OpenTarget, targetOpener } from "../store/target/open_target.ts";
import type { Call } from "./command.ts";

/** Undefined where cold files stay in the store's own folder. @throws {HubConfigError} */
export function openerOf(
  { store: { cold } }: Pick<HubConfig, "store">,
  call: Pick<Call, "now" | "variable">,
): OpenTarget | undefined {
  try {
    return targetOpener(cold, {
      files: nodeFiles(),
      now: call.now,
      after(ms, run) {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      variable: call.variable,
      fetch: (url, init) => fetch(url, init),
    });
  } catch (cause) {
    const file = cold.kind === "s3" ? cold.ca_file : undefined;
    throw new HubConfigError(`Cannot read ${file}: name another in store.cold.ca_file`, { cause });
  }
}
