/** The part of `splunk-logging`, which has no types of its own, that a test uses. */
declare module "splunk-logging" {
  export class Logger {
    constructor(config: { readonly token: string; readonly url: string });
    send(
      payload: unknown,
      done: (error: unknown, response: unknown, body: { readonly code: number }) => void,
    ): void;
  }
}
