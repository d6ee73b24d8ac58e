/**
 * An event of Windows, whether it came from an EVTX file, from XML or from the running system.
 *
 * @module
 */
import type { Json } from "../table.ts";

/** What `System` says (Event schema, `SystemPropertiesType`), and what else the event has. */
export interface WindowsEvent {
  readonly provider: string | undefined;
  readonly providerGuid: string | undefined;
  /** The classic source of a provider with a manifest. */
  readonly eventSource: string | undefined;
  readonly eventId: number | undefined;
  readonly qualifiers: number | undefined;
  readonly version: number | undefined;
  readonly level: number | undefined;
  readonly task: number | undefined;
  readonly opcode: number | undefined;
  /** Hexadecimal, `0x8020000000000000`. */
  readonly keywords: string | undefined;
  /** When it was created: ticks of 100 ns since 1970. */
  readonly time: bigint | undefined;
  /** EventRecordID: up to 2^64 - 1, decimal. */
  readonly recordId: string | undefined;
  readonly activityId: string | undefined;
  readonly relatedActivityId: string | undefined;
  readonly processId: number | undefined;
  readonly threadId: number | undefined;
  /** What else Execution says, by name: KernelTime, UserTime, ProcessorTime, ProcessorID, SessionID. */
  readonly execution: Readonly<Record<string, string>> | undefined;
  readonly channel: string | undefined;
  readonly computer: string | undefined;
  /** SID of the user in whose name it happened. */
  readonly userId: string | undefined;
  /** Name of the element beside `System`: EventData, UserData or another. */
  readonly section: string | undefined;
  /**
   * Its content. Of EventData the values by their names, those without a name in a list under
   * `Data`; of others elements by name. Repeated ones become lists, attributes stand under
   * `#attributes` and text beside them under `#text`. Every value is a string, or null if empty.
   */
  readonly data: Json;
  /** The text that is shown for it, where the source has rendered it. */
  readonly message: string | undefined;
}
