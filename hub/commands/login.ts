/**
 * `custos-hub login`: a fresh one-time link to the page.
 *
 * @module
 */
import { SCOPES } from "../../sdk/api/scope.ts";
import type { Sessions } from "../access/sessions.ts";
import { openAccess } from "./access_file.ts";
import { type Command, EXIT, required, text } from "./command.ts";

/** Who has the data folder has the hub: the link carries every scope. */
export const OWNER = "owner";

export const login: Command = {
  name: "login",
  summary: "Prints a one-time link that signs in to the page; it works once, for five minutes.",
  usage: `--data DIR [--name NAME]

  --data     the hub's data folder
  --name     who signs in; shown in every record of what they do (default: ${OWNER})`,
  options: { data: { type: "string" }, name: { type: "string" } },
  async run(call) {
    await using access = openAccess(required(call, "data"), call.now);
    const page = access.listening?.page;
    if (page === undefined) {
      call.err("Cannot make link: the hub has not listened yet, start it with custos-hub serve");
      return EXIT.failed;
    }
    call.out(`${loginLink(page, access.sessions, text(call, "name"))}\n`);
    return EXIT.ok;
  },
};

/** A link for `name`. The code stands behind `#`: no browser sends it, no server logs it. */
export function loginLink(page: string, sessions: Sessions, name = OWNER): string {
  return `${page}/#login=${sessions.createLogin({ name, scopes: SCOPES })}`;
}
