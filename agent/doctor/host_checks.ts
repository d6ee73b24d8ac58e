/**
 * What `custos doctor` looks at on this host: folder, keys, disk, the rights to read sources.
 *
 * @module
 */
import { join } from "node:path";
import { FilesError, readWhole, writeAll } from "../../sdk/runtime/files.ts";
import type { Needs } from "../../sdk/plugin.ts";
import { sizeText } from "../commands/status.ts";
import type { LoadedConfig, SourceConfig } from "../config/load.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import type { Host } from "./host.ts";

/** Files in the data folder that nobody else may see. */
const SECRETS = ["agent.key", "link.pem", "token.key", "hub.json"];
/** Files of one source that are looked at. */
const MOST_FILES = 200;
const PROBE = "doctor.probe";

/** Looks at all of them. */
export async function checkHost(
  { config, sources }: LoadedConfig,
  host: Host,
): Promise<readonly Finding[]> {
  const folder = config.agent.data_dir;
  const isThere = host.rightsOf(folder) !== undefined;
  return [
    checkFolder(folder, host),
    ...[...SECRETS.map((name) => join(folder, name)), ...keyFileOf(config)]
      .flatMap((path) => checkSecret(path, host)),
    ...(isThere ? [checkRoom(config, host), await checkSync(folder, host)] : []),
    ...sources.map((source) => checkSource(source, host)),
  ];
}

function keyFileOf({ scrub }: LoadedConfig["config"]): readonly string[] {
  return scrub.key_file === undefined ? [] : [scrub.key_file];
}

function checkFolder(folder: string, host: Host): Finding {
  const rights = host.rightsOf(folder);
  if (rights === undefined) {
    return fail(
      "folder",
      `there is no data folder ${folder} that this user may see`,
      "run this as the agent's user; where there is none, custos enroll makes it",
    );
  }
  if (host.user === undefined) return ok("folder", folder);
  if (rights.owner !== host.user) {
    const fix = "run the agent, and this, as its owner, or chown -R it to the agent's user";
    return fail("folder", `${folder} belongs to user ${rights.owner}, this is ${host.user}`, fix);
  }
  if ((rights.mode & 0o077) === 0) return ok("folder", `${folder} is for its owner alone`);
  return fail("folder", `others may look into ${folder}`, `chmod 700 ${folder}`);
}

function checkSecret(path: string, host: Host): readonly Finding[] {
  const rights = host.rightsOf(path);
  if (rights === undefined || host.user === undefined) return [];
  const trouble = host.readTrouble(path);
  if (trouble !== undefined) {
    return [fail("keys", `${path} cannot be read: ${trouble}`, "run as the agent's user")];
  }
  if ((rights.mode & 0o077) === 0) return [ok("keys", `${path} is for its owner alone`)];
  return [fail("keys", `others may use ${path}`, `chmod 600 ${path}`)];
}

function checkRoom({ agent, spool }: LoadedConfig["config"], { files }: Host): Finding {
  let free: number;
  try {
    free = files.freeBytes(agent.data_dir);
  } catch (error) {
    return fail("disk", `the free space cannot be asked: ${wordsOf(error)}`, "look at the disk");
  }
  const what = `${sizeText(free)} are free`;
  const floor = spool.free_space_floor;
  if (free < floor) {
    const fix = "make room, or lower spool.free_space_floor";
    return fail("disk", `${what}, below the floor of ${sizeText(floor)}: nothing is read`, fix);
  }
  if (free - floor >= spool.max_bytes) return ok("disk", what);
  const fix = "make room, or lower spool.max_bytes: an outage of the hub is held for less time";
  return warn("disk", `${what}, the spool may not grow to its ${sizeText(spool.max_bytes)}`, fix);
}

/** Writes, syncs, reads back and removes a file, as the spool would. */
async function checkSync(folder: string, { files }: Host): Promise<Finding> {
  const path = join(folder, PROBE);
  const bytes = new TextEncoder().encode("custos doctor\n".repeat(300));
  try {
    const file = files.open(path, "write");
    try {
      file.truncate(0);
      writeAll(file, bytes, 0);
      await file.sync();
    } finally {
      file.close();
    }
    await files.syncFolder(folder);
    const back = await readWhole(files, path);
    if (back === undefined || Buffer.compare(back, bytes) !== 0) {
      return fail("sync", `${folder} gives other bytes than were written`, "replace the disk");
    }
    files.remove(path);
    return ok("sync", `${folder} can be written and synced`);
  } catch (error) {
    const fix = "the spool needs fsync: use a local disk that works, with the right to write";
    return fail("sync", `${folder} cannot be written and synced: ${wordsOf(error)}`, fix);
  }
}

function checkSource({ name, plugin, config }: SourceConfig, host: Host): Finding {
  const check = `source ${name}`;
  const needs: Needs = typeof plugin.needs === "function" ? plugin.needs(config) : plugin.needs;
  const globs = needs.read ?? [];
  if (globs.length === 0) return ok(check, `reads no files (${(needs.listen ?? []).join(", ")})`);
  const paths = [...new Set(globs.flatMap((glob) => host.matches(glob)))];
  if (paths.length === 0) {
    return warn(
      check,
      `no file matches ${globs.join(", ")}`,
      "check the paths and the folder's rights",
    );
  }
  const shown = paths.slice(0, MOST_FILES);
  const troubles = shown.flatMap((path) => {
    const trouble = host.readTrouble(path);
    return trouble === undefined ? [] : [`${path}: ${trouble}`];
  });
  if (troubles.length === 0) return ok(check, `${paths.length} files can be read`);
  const fix = "give the agent's user the right to read them, such as by their group";
  return fail(
    check,
    `${troubles.length} of ${shown.length} files cannot be read; ${troubles[0]}`,
    fix,
  );
}

function wordsOf(error: unknown): string {
  return error instanceof FilesError ? error.message : String(error);
}
