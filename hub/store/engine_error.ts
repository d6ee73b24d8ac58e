/**
 * How the query engine fails.
 *
 * @module
 */
import type { RefusalCode } from "./engine_messages.ts";

/** Why the engine gave no answer. `busy`, `crashed`, `deadline` and `aborted` may be asked again. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: RefusalCode | "deadline" | "aborted" | "crashed" | "busy" | "closed";

  constructor(code: EngineError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
