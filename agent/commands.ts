/**
 * The commands of the `custos` binary.
 *
 * @module
 */
import { check } from "./commands/check.ts";
import type { Command } from "./commands/command.ts";
import { doctor } from "./commands/doctor.ts";
import { enroll } from "./commands/enroll.ts";
import { keys } from "./commands/keys.ts";
import { plugin } from "./commands/plugin.ts";
import { quarantine } from "./commands/quarantine.ts";
import { read } from "./commands/read.ts";
import { reload } from "./commands/reload.ts";
import { run } from "./commands/run.ts";
import { scrub } from "./commands/scrub.ts";
import { selftest } from "./commands/selftest.ts";
import { spool } from "./commands/spool.ts";
import { status } from "./commands/status.ts";
import { tap } from "./commands/tap.ts";
import { top } from "./commands/top.ts";
import { verify } from "./commands/verify.ts";

/** In the order of `custos --help`. */
export const COMMANDS: readonly Command[] = [
  run,
  reload,
  check,
  doctor,
  enroll,
  read,
  selftest,
  plugin,
  status,
  top,
  tap,
  spool,
  quarantine,
  scrub,
  verify,
  keys,
];
