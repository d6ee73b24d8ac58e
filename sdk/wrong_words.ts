/**
 * Says in plain words what `parseArgs` of `node:util` refuses in a command line.
 *
 * @module
 */

/** For the end of `Cannot run COMMAND: `. */
export function wrongWords(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const message = cause instanceof Error ? cause.message : "";
  const option = /'(?:-\w, )?(-[^' ]+)/.exec(message)?.[1];
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") return `there is no option ${option}`;
  if (code !== "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") return "its words cannot be read";
  if (message.includes("does not take")) return `${option} takes no value`;
  return `${option} needs a value, such as ${option}=VALUE`;
}
