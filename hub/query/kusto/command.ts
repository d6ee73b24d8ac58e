/**
 * Dot commands that tell what there is. Functions alone are changed by commands: those are in
 * `function_commands.ts`.
 *
 * @module
 */
import { type Answer, tableAnswer } from "./answer.ts";
import { withoutComments } from "./command_text.ts";
import type { CommandContext, DotCommand } from "./dot_command.ts";
import { KustoFailure } from "./failure.ts";
import { QUERY_COMMANDS } from "./query_commands.ts";
import { SCHEMA_COMMANDS } from "./schema_commands.ts";

/** A command and what its result is piped into, such as `| where TableName has "x"`. */
export interface CommandText {
  readonly command: string;
  readonly pipe: string;
}

/** Whether `text` is a command and no query. */
export function isCommand(text: string): boolean {
  return withoutComments(text).startsWith(".");
}

/** Takes the command before the first pipe that stands in no text. */
export function splitCommand(text: string): CommandText {
  const plain = withoutComments(text);
  const at = pipeAt(plain);
  return {
    command: plain.slice(0, at).replaceAll(/\s+/g, " ").replace(/;? *$/, "").trim(),
    pipe: plain.slice(at).trim(),
  };
}

/**
 * Answers `command`, whose words have single spaces between them.
 *
 * @throws {KustoFailure} If the hub has no such command, or it names what is not there.
 */
export function runCommand(command: string, context: CommandContext): Answer {
  for (const known of COMMANDS) {
    const match = known.pattern.exec(command);
    if (match === null) continue;
    const words = match.slice(1).map((word: string | undefined) => word ?? "");
    return tableAnswer(known.columns, known.run(context, words));
  }
  throw unknownCommand(command);
}

const COMMANDS: readonly DotCommand[] = [...SCHEMA_COMMANDS, ...QUERY_COMMANDS];

function unknownCommand(command: string): KustoFailure {
  const verb = /^\.[\w-]+/.exec(command)?.[0] ?? ".";
  const known = COMMANDS.map(({ usage }) => usage).join(", ");
  const why = verb === ".show" || verb === ".cancel"
    ? `Cannot run command "${command.slice(0, 80)}": must be one of ${known}`
    : `Cannot run ${verb}: functions alone are changed by commands, events come from agents`;
  return new KustoFailure("request", why);
}

const TEXT = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;

/** Position of the first pipe outside of text; the end where there is none. */
function pipeAt(text: string): number {
  for (let at = 0; at < text.length;) {
    TEXT.lastIndex = at;
    if (TEXT.test(text)) at = TEXT.lastIndex;
    else if (text[at] === "|") return at;
    else at++;
  }
  return text.length;
}
