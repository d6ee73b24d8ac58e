/**
 * `custos-hub store target check`.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { checkTarget } from "../../store/target/check_target.ts";
import { TargetError } from "../../store/target/cold_target.ts";
import { type Call, choice, EXIT, required, UsageError } from "../command.ts";
import { readConfig } from "../read_config.ts";
import { openerOf } from "../target_of_config.ts";

const PROBE_BYTES = 65_536;

export async function checkTargetCall(call: Call): Promise<number> {
  const isJson = choice(call, "output", ["text", "json"]) === "json";
  const file = required(call, "config");
  const opener = openerOf(readConfig(file), call);
  if (opener === undefined) {
    throw new UsageError(`${file} names no target in store.cold, there is nothing to check`);
  }
  const say = (event: object, line: string): void =>
    call.out(isJson ? `${JSON.stringify(event)}\n` : `${line}\n`);
  const bytes = crypto.getRandomValues(new Uint8Array(PROBE_BYTES));
  // In a folder that no hub has: two may be checked at once.
  const target = opener(`check-${Buffer.from(bytes.subarray(0, 8)).toString("hex")}`);
  const folder = mkdtempSync(join(tmpdir(), "custos-check-"));
  try {
    const onStep = (step: string): void => say({ event: "step", step }, step);
    await checkTarget({ target, files: nodeFiles(), folder, bytes, onStep }, call.signal);
    say({ event: "checked", place: target.place }, `Cold target ${target.place} works`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const { code, message } = error;
    if (isJson) say({ event: "failed", code, message }, message);
    else call.err(message);
    return EXIT.failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
