/**
 * Says what confines a plugin's process, and what does not.
 *
 * @module
 */
import type { Finding } from "../../doctor/finding.ts";
import { ok, warn } from "../../doctor/finding.ts";
import type { Confined } from "./spec.ts";

/** In one line. */
export function confinedText({ by, landlock, files, tcp, calls, limits }: Confined): string {
  if (by === "nothing") return "confined by nothing but its own process";
  const parts = [
    ...(files ? [] : ["its reading is not confined"]),
    ...(tcp ? [] : ["its TCP is not confined"]),
    ...(calls ? [] : ["its system calls are not filtered"]),
    ...(limits ? [] : ["no limits of the kernel"]),
  ];
  const how = by === "deno"
    ? "Deno's permissions"
    : landlock > 0
    ? `Landlock ${landlock}, a filter of system calls and limits`
    : "a filter of system calls and limits";
  return `confined by ${[how, ...parts].join("; ")}`;
}

/** What this host has for plugins that are not built in. */
export function isolation(offered: Confined): Finding {
  const what = `a plugin that is not built in is ${confinedText(offered)}`;
  if (offered.files && offered.calls) return ok("isolation", what);
  const fix = "add only plugins whose authors you trust with all that the agent's user can read, " +
    "or run the agent on Linux 5.13 or later with Landlock";
  return warn("isolation", what, fix);
}
