/**
 * The table of calls: one row per call, or per leg where a system records legs.
 *
 * Names follow Azure Monitor's `ACSCallSummary` where it has the idea; no vendor's records are
 * mapped by Azure, so the rest is ours.
 *
 * @module
 */
import { column, type RowOf, table } from "../../sdk/mod.ts";

const tel = { class: "personal", kind: "tel", optional: true } as const;
const user = { class: "personal", kind: "user", optional: true } as const;
const name = { class: "personal", kind: "name", optional: true } as const;
const uri = { class: "personal", kind: "sip", optional: true } as const;
const device = { class: "personal", kind: "device", optional: true } as const;
const address = { class: "network", optional: true } as const;
const open = { class: "public", optional: true } as const;
const system = { class: "system", optional: true } as const;

export const tables = {
  CallDetail: table({
    doc: "One call, or one leg of it, as the telephone system recorded it",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ class: "public", doc: "When it ended, else when it began" }),
      Vendor: column.string({
        class: "public",
        doc: "cisco-cucm, asterisk, freeswitch, microsoft-graph or 3gpp",
      }),
      CallId: column.string({
        class: "content",
        doc: "The same in all legs of one call; a SIP Call-ID may hold an address",
      }),
      LegId: column.string({ ...system, doc: "Of this leg" }),
      CallType: column.string({ ...open, doc: "Such as peerToPeer, mMTelRecord" }),
      Direction: column.string({ ...open, doc: "inbound, outbound or internal, where known" }),
      StartTime: column.time({ ...open, doc: "The caller began" }),
      ConnectTime: column.time({ ...open, doc: "The callee answered" }),
      EndTime: column.time(open),
      DurationSeconds: column.real({ ...open, unit: "s", doc: "From answer to end" }),
      Disposition: column.string({ ...open, doc: "Such as ANSWERED, NO ANSWER, failed" }),
      CauseOrig: column.int({ ...open, doc: "Why the caller's leg ended (ITU-T Q.850)" }),
      CauseTerm: column.int({ ...open, doc: "Why the callee's leg ended (ITU-T Q.850)" }),
      ClosingCause: column.int({ ...open, doc: "Why the record was closed (3GPP TS 32.298)" }),
      FailureReason: column.string({ class: "content", optional: true }),
      Caller: column.string({ ...tel, doc: "Calling number" }),
      CallerUri: column.string(uri),
      CallerUser: column.string({ ...user, doc: "Account of the caller" }),
      CallerPrincipal: column.string({ ...user, doc: "User principal name of the caller" }),
      CallerName: column.string({ ...name, doc: "Display name of the caller" }),
      Callee: column.string({ ...tel, doc: "Number that was dialled" }),
      FinalCallee: column.string({ ...tel, doc: "Number that was reached, after redirections" }),
      CalleeUri: column.string(uri),
      CalleeUser: column.string({ ...user, doc: "Account of the callee" }),
      CalleePrincipal: column.string({ ...user, doc: "User principal name of the callee" }),
      CalleeName: column.string({ ...name, doc: "Display name of the callee" }),
      OrganizerUser: column.string({ ...user, doc: "Account of who organised the meeting" }),
      OrganizerName: column.string(name),
      ServedNumber: column.string({ ...tel, doc: "Of the subscriber whose record it is" }),
      ServedUri: column.string(uri),
      ServedUser: column.string({ ...user, doc: "Private identity of the subscriber" }),
      Imsi: column.string({ class: "personal", kind: "imsi", optional: true }),
      Imei: column.string(device),
      RedirectedBy: column.string({ ...tel, doc: "Number that redirected the call last" }),
      OrigDevice: column.string({ ...device, doc: "The caller's telephone or channel" }),
      DestDevice: column.string({ ...device, doc: "The callee's telephone or channel" }),
      GatewayName: column.string({ ...system, doc: "Gateway or trunk to the outside" }),
      NodeName: column.string({ ...system, doc: "Network node that made the record" }),
      NodeIp: column.string({ ...address, doc: "Its address" }),
      ChargingId: column.string({
        class: "content",
        optional: true,
        doc: "IMS charging identifier",
      }),
      OrigIp: column.string({ ...address, doc: "Address of the caller's device" }),
      DestIp: column.string({ ...address, doc: "Address of the callee's device" }),
      OrigMediaIp: column.string({ ...address, doc: "Where the caller's media came from" }),
      DestMediaIp: column.string({ ...address, doc: "Where the callee's media came from" }),
      AccountCode: column.string({ class: "customer", kind: "account", optional: true }),
      TenantId: column.string({ class: "customer", kind: "tenant", optional: true }),
      Context: column.string({ ...system, doc: "Dial plan context or partition" }),
      LastApp: column.string({ ...open, doc: "Dial plan application that ran last" }),
      LastData: column.string({ class: "content", optional: true, doc: "Its arguments" }),
      UserField: column.string({ class: "content", optional: true }),
      Extra: column.dynamic({
        class: "content",
        optional: true,
        doc: "Other fields of the record, by their own names; none that holds a number or user",
      }),
      OtherFields: column.string({
        class: "personal",
        kind: "record",
        optional: true,
        doc:
          "Fields that have no column and may name somebody, as JSON; a record that was not read",
      }),
    },
  }),
};

export type CallRow = RowOf<typeof tables.CallDetail.columns>;
